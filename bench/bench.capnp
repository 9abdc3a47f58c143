@0xc2f0d1a6b7e34a58;
# What the benchmarks send.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("benchmarks");

struct Quote {
  # 64 bytes with framing: segment table, root pointer and six words.
  instrument @0 :UInt64;
  bid @1 :Int64;
  ask @2 :Int64;
  bidSize @3 :UInt32;
  askSize @4 :UInt32;
  number @5 :UInt64;
  time @6 :UInt64;
}

struct Block {
  # 1024 bytes with framing when `data` has 984.
  number @0 :UInt64;
  time @1 :UInt64;
  data @2 :Data;
}
