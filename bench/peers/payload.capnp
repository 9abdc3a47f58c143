@0xd1c9b7e05a42f386;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("peers_payload");

# As opaque as the payload of the other peers.
struct Message {
  data @0 :Data;
}
