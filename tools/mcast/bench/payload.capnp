@0xc2f0d1a6b7e34a58;
# What the benchmarks send. Both begin with the same two words, so that ready-made and raw messages
# can be stamped and read without a schema.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("mcast::bench");

struct Quote {
  # 64 bytes with framing: segment table, root pointer and six words.
  number @0 :UInt64;
  time @1 :UInt64;
  instrument @2 :UInt64;
  bid @3 :Int64;
  ask @4 :Int64;
  bidSize @5 :UInt32;
  askSize @6 :UInt32;
}

struct Block {
  # 40 bytes with framing, and the data.
  number @0 :UInt64;
  time @1 :UInt64;
  data @2 :Data;
}
