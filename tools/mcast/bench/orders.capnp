@0xe1a37d0c5b1f9c42;
# How the end that measures and those that serve agree on a run. Both are published again and again
# until the other side has seen them, since nothing is reliable here.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("mcast::bench::wire");

struct Order {
  run @0 :UInt64;
  # Counts up; an order with another number ends the run before.
  stage @1 :Stage;
  sent @2 :UInt64;
  # With `finish`: messages that were sent.
  ends @3 :List(UInt64);
  # The identities of the nodes that take part; the position in it is an end's index.

  mode @4 :UInt8;
  path @5 :UInt8;
  backend @6 :Text;
  size @7 :UInt32;
  spin @8 :Bool;
  express @9 :Bool;
  latest @10 :Bool;
  reliable @20 :Bool;
  creditEvery @11 :UInt64;
  # Messages after which an end answers; 0: never.
  warmUp @12 :Int64;
  # Nanoseconds.
  domain @13 :Text;
  window @16 :UInt32;
  rate @17 :Float64;
  batch @18 :UInt32;
  duration @19 :Int64;
  # These three matter to the end that sends: nanoseconds, and as in a case.
  wallClock @15 :Bool;
  # Stamps are of the wall clock: the two ends are on different machines.
  cores @14 :List(Int32);
  # Of the ends; none: unpinned.

  enum Stage {
    prepare @0;
    finish @1;
    describe @2;
    # Wanted is only the environment.
  }
}

struct Answer {
  run @0 :UInt64;
  stage @1 :Stage;
  problem @2 :Text;
  machine @3 :Text;
  # Differs between machines that are up, not between the namespaces of one.
  environment @4 :Text;
  # JSON; in answers to `describe`.

  received @5 :UInt64;
  repeated @6 :UInt64;
  corrupt @7 :UInt64;
  bytes @8 :UInt64;
  windowMessages @9 :UInt64;
  windowSeconds @10 :Float64;
  thread @11 :Thread;
  counters @12 :List(Counter);
  histogram @13 :Histogram;

  enum Stage {
    preparing @0;
    ready @1;
    finished @2;
    failed @3;
  }
}

struct Outcome {
  # Of a case that was measured by a process of its own, as that one writes it to standard output.
  problem @0 :Text;
  # Empty: it was measured.
  sent @1 :UInt64;
  unanswered @2 :UInt64;
  stalls @3 :UInt64;
  thread @4 :Thread;
  counters @5 :List(Counter);
  roundTrips @6 :Histogram;
  lateness @7 :Histogram;
  ends @8 :List(Answer);
}

struct Thread {
  wall @0 :Int64;
  user @1 :Int64;
  system @2 :Int64;
  waited @3 :Int64;
  # Nanoseconds; `waited`: ready to run, without a CPU.
}

struct Counter {
  name @0 :Text;
  count @1 :UInt64;
}

struct Histogram {
  min @0 :Int64;
  max @1 :Int64;
  slots @2 :List(Slot);

  struct Slot {
    from @0 :Int64;
    count @1 :UInt64;
  }
}
