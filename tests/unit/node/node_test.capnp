@0xe9a1f2c7d4b35a60;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("node_test");

struct Note {
  number @0 :UInt64;
  text @1 :Text;
  data @2 :Data;
}

struct Other {
  number @0 :UInt64;
}
