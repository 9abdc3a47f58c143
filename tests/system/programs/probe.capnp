@0x88a75d6ef2dc09e2;
# What the probes of the system tests send each other.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("probe");

struct Count {
  number @0 :UInt64;  # from 0 on, without holes
  padding @1 :Data;
}
