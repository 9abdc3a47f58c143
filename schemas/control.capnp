@0xf1b3cf7ecfdac1fe;
# What nodes tell each other beside the messages of topics. Each follows a header (wire.capnp) of
# its kind, alone in its datagram and in a single segment. Texts are UTF-8 without control
# characters.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("mcast::schema");

enum Delivery @0x9ad6e2c8f0a11b04 {
  bestEffort @0;
  latest @1;
  reliable @2;
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

struct RelayHello @0xd30a5cb1f6e8924d {
  # From a relay to the others on a link, five times a second: of several between the same two LANs
  # that carry the same, the one with the lowest id does.
  link @0 :UInt32;               # the sender's own number of the link this was sent on
  keys @1 :List(UInt64);         # what it carries from this link to another one of its own: hashes of
                                 # the domain or foreign group, what its rules say, and the other
                                 # link's number; at most 128
}

# Of reliable streams. A stream is what one peer publishes to one topic; its datagrams carry
# flagReliable and are counted from 1.

struct Heartbeat @0x9ce4d253a3b731d6 {
  # From the publisher: how far the stream is. To all that follow it, or to one receiver alone.
  topic @0 :UInt64;       # id; never 0
  next @1 :UInt64;        # of the next datagram: all before it were sent; at least 1
  oldest @2 :UInt64;      # the oldest that can still be sent again; next if there is none
  begin @3 :UInt64;       # to one receiver alone: the first datagram that it is to have, at most
                          # `next`; 0: not told
  skip @4 :UInt16;        # messages at the start of datagram `begin` that it is not to have
  receivers @5 :UInt16;   # that follow the stream, to space reports and NAKs; 65535: or more
  lagged @6 :Bool;        # to one receiver alone: it is no longer waited for
  token @7 :UInt64;       # of the Nak or ReceiverReport that this answers; 0: answers none
}

struct SequenceRange @0xb17c2f8ff7d9f179 {
  first @0 :UInt64;       # at least 1
  count @1 :UInt32;       # at least 1; first + count - 1 is the last
}

struct Nak @0xdbc6a5ca27296a04 {
  # From a receiver: send me these again.
  publisher @0 :UInt64;   # origin of the stream; never 0
  topic @1 :UInt64;       # never 0
  missing @2 :List(SequenceRange);  # 1 to 64, ascending, none overlaps another
  token @3 :UInt64;       # comes back in the Heartbeat that answers
}

struct ReceiverReport @0xb9d3aed66def0e8e {
  # From a receiver: what of the stream is here.
  publisher @0 :UInt64;   # origin of the stream; never 0
  topic @1 :UInt64;       # never 0
  next @2 :UInt64;        # all before it were delivered or given up; 0: not known where to begin
  limit @3 :UInt64;       # datagrams below it are taken; at least `next`
  newest @4 :UInt64;      # the newest that the receiver knows of
  missed @5 :UInt64;      # datagrams that had to be asked for, so far
  lost @6 :UInt64;        # datagrams that were given up, so far
  overruns @7 :UInt64;    # datagrams that kernel or device dropped on the receiver's host, so far
  joining @8 :Bool;       # asks where to begin: a Heartbeat with `begin` answers
  echo @9 :Int64;         # sentAt of the newest datagram that was no repair; 0: none
  echoDelay @10 :UInt64;  # nanoseconds from its arrival to this report; below 2^63
  token @11 :UInt64;      # comes back in the Heartbeat that answers
}
