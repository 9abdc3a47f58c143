@0xa64d0f3be1c57298;
# A line of JSON about another library (bench/peers); what is not known here is ignored.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("mcast::bench::wire");

struct PeerRow {
  peer @0 :Text;
  variant @1 :Text;
  mode @2 :Text;
  # "throughput" (the default), "rtt" or "latency".
  size @3 :Float64;
  rate @4 :Float64;
  # Messages a second that one subscriber got.
  lost @5 :Float64;
  # Fraction, 0 to 1.
  drop @6 :Float64;
  # Fraction that the receiving host dropped on purpose.
  p50us @7 :Float64;
  p99us @8 :Float64;
  note @9 :Text;
}
