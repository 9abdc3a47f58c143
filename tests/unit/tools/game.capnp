@0xb0f1c5d3a7e92b11;
# What the tests of the command line publish.

enum Mode { idle @0; run @1; }

struct Input {
  x @0 :Float32;
  y @1 :Float32;
  name @2 :Text;
  blob @3 :Data;
  big @4 :UInt64;
  mode @5 :Mode;
  list @6 :List(Int16);
  inner @7 :Inner;

  struct Inner {
    a @0 :Int32;
  }
}

struct World {
  tick @0 :UInt32;
}
