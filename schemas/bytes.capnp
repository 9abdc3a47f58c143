@0xdccde5f42ab5a45e;
# The type of topics that carry plain bytes.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("mcast::schema");

struct Bytes @0xd3b6d1a7f0c5e921 {
  data @0 :Data;
}
