@0xf1b3cf7ecfdac1fe;
# What nodes tell each other beside the messages of topics. Each follows a header (wire.capnp) of
# its kind, alone in its datagram and in a single segment. Texts are UTF-8 without control
# characters.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("mcast::schema");

enum Delivery @0x9ad6e2c8f0a11b04 {
  bestEffort @0;
  latest @1;
}

struct Announce @0xd5f21b7c3e904a05 {
  # Who I am and what I publish and subscribe to.
  name @0 :Text;          # of the peer, for people; at most 63 bytes
  software @1 :Text;      # "libmcast 0.1.0"; at most 63 bytes
  intervalMs @2 :UInt32;  # the next announcement follows within this time
  revision @3 :UInt32;    # another number whenever the topics change
  part @4 :UInt16;        # many topics are spread over several announcements of one revision:
  partCount @5 :UInt16;   # this is number `part` (from 0) of `partCount` (1 to 64)
  wantsReply @6 :Bool;    # I am new or lost track: announce yourself soon
  topics @7 :List(Topic); # of this part; at most 64
}

struct Topic @0x86c4ab0d5f7e2906 {
  name @0 :Text;          # 1 to 255 bytes
  typeId @1 :UInt64;      # of the Cap'n Proto struct; 0: any
  delivery @2 :Delivery;  # a topic with an unknown one is skipped
  publishes @3 :Bool;
  subscribes @4 :Bool;
}

struct Bye @0xe8093d6f24c57b07 {
  # I am leaving; forget me.
  reason @0 :Text;        # at most 255 bytes
}

struct Ping @0xb75e91a2c8d04f08 {
  token @0 :UInt64;       # comes back in the Pong
}

struct Pong @0x9f2c6b84e1d73a09 {
  token @0 :UInt64;
}
