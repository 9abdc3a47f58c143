@0xffca85df506af46d;

# What the nodes of simulated worlds tell each other. Everything about a message follows from its
# publisher and number, so that a receiver can judge it without having seen the original.

struct Tick {
  sender @0 :UInt64;   # which run of which node
  number @1 :UInt64;   # 0, 1, 2, … of this sender and topic
  digest @2 :UInt64;   # of sender, number, topic, type, domain and size
  padding @3 :Data;    # random bytes seeded by the digest
}

struct Tock {          # the same, as another type
  sender @0 :UInt64;
  number @1 :UInt64;
  digest @2 :UInt64;
  padding @3 :Data;
}
