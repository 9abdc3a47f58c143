@0x80e61e37a1e7463f;
# What every datagram of libmcast begins with, and the pieces of messages that are larger than a
# datagram. README.md has the bytes and the rules of compatibility.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("mcast::schema");

const magic :UInt32 = 0x5453434d;
# The bytes "MCST" in the order in which they are sent.

const version :UInt8 = 1;
# Another number is another format: such a datagram is counted and dropped. What is added to the
# structs below does not change it.

struct Datagram @0xb1d0c5e6a7344d01 {
  # The first message of a datagram. Data fields only, written canonically: 64 bytes with framing.
  # A reader accepts a longer struct, from a newer writer, and skips what it does not know.

  # Word 0
  magic @0 :UInt32;
  version @1 :UInt8;
  kind @2 :UInt8;          # a DatagramKind; one byte, where an enum would take two
  flags @3 :UInt8;         # kFlag... below; unknown bits are ignored
  hops @4 :UInt8;          # relays passed so far
  # Word 1
  origin @5 :UInt64;       # the peer who sent it first; never 0
  # Word 2
  domain @6 :UInt32;       # hash of the domain's name
  messageCount @7 :UInt16; # messages that follow; what comes after them is padding
  receiver @11 :UInt16;    # of a unicast: the low 16 bits of the id of the peer it is for, or 1 if
                           # they are 0; a relay finds by it whom to pass it on to. 0: not said
  # Words 3 to 5
  topic @8 :UInt64;        # id of the topic; 0 unless the kind is data, fragment or parity
  sequence @9 :UInt64;     # counts the datagrams of a stream (origin, topic) from 1
  sentAt @10 :Int64;       # nanoseconds since 1970-01-01 UTC by the clock of the origin
}

enum DatagramKind @0xa20e7b1c7d3f5502 {
  # The values of Datagram.kind. Unknown kinds are counted and dropped.
  data @0;            # messages of the topic, any number that fits
  fragment @1;        # one Fragment
  announce @2;        # one Announce of control.capnp
  bye @3;             # one Bye
  ping @4;            # one Ping
  pong @5;            # one Pong
  heartbeat @6;       # one Heartbeat; this and the next two are of reliable streams
  nak @7;             # one Nak
  receiverReport @8;  # one ReceiverReport
  parity @9;          # one Parity
  relayHello @10;     # one RelayHello; never passed on
}

const flagExpress :UInt8 = 0x01;  # left at once, not with others of the same poll
const flagSealed :UInt8 = 0x02;   # reserved: the messages are encrypted
const flagRepair :UInt8 = 0x04;   # sent again because somebody missed it
const flagReliable :UInt8 = 0x08; # the publisher answers a Nak for it

struct Fragment @0xc47a52f0916bbd03 {
  # A piece of a message that is larger than a datagram, itself in stream framing. The fragments of
  # a message have consecutive sequences. All carry the same number of bytes, a multiple of 8, but
  # the last, which carries the rest; so a piece lies at index * slice, where slice is the length of
  # `data`, or (size - length) / (count - 1) for the last one.
  size @0 :UInt32;    # bytes of the whole message, framing included
  index @1 :UInt16;   # 0 to count - 1
  count @2 :UInt16;   # 2 or more
  data @3 :Data;
}

struct Parity @0xa067f94e289d44ca {
  # Of a block of `count` consecutive datagrams of a reliable stream, the first of which has the
  # sequence of the header, one of `parityCount` pieces. Any `count` of datagrams and pieces
  # together give all datagrams again. README.md says how they are computed.
  count @0 :UInt8;        # datagrams of the block: 1 to 64
  index @1 :UInt8;        # which piece this is: 0 to parityCount - 1
  parityCount @2 :UInt8;  # 1 to 16
  data @3 :Data;          # two bytes more than the longest datagram of the block
}
