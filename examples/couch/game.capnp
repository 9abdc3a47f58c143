@0xfcdb71b3cef70504;
# What the players of couch tell each other.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("game");

struct Input {  # from each pad, 120 times a second
  number @0 :UInt32;  # counts up, so that the host can see what is missing
  stickX @1 :Int8;
  stickY @2 :Int8;
}

struct World {  # from the host, 60 times a second
  frame @0 :UInt32;
  score @1 :UInt32;  # coins that the team has caught
  coinX @2 :Float32;
  coinY @3 :Float32;
  players @4 :List(Player);
}

struct Player {
  peer @0 :UInt64;
  x @1 :Float32;
  y @2 :Float32;
}
