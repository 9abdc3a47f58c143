@0xb3c1d7a5e9f02468;

struct Greeting {
  text @0 :Text;
  number @1 :UInt32;
}
