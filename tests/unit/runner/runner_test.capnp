@0xb83f6a1c5d27e904;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("runner_test");

struct Tick {
  thread @0 :UInt32;
  number @1 :UInt64;
  data @2 :Data;
}
