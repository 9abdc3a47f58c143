// A program as a user of the installed library writes it: two nodes on a simulated LAN.

#include <cstdio>
#include <mcast/mcast.hpp>
#include <mcast/sim.hpp>

#include "greeting.capnp.h"

int main() {
    using namespace std::chrono_literals;
    mcast::sim::Lan lan(1);
    auto pad = mcast::Node::open({.name = "pad"}, lan.host("pad", {{.name = "wlan0"}}));
    auto tv = mcast::Node::open({.name = "tv"}, lan.host("tv", {{.name = "eth0"}}));
    if (!pad || !tv) return std::puts(!pad ? pad.error().what.c_str() : tv.error().what.c_str()), 1;
    auto out = pad->publisher<Greeting>("greeting");
    auto in = tv->subscriber<Greeting>("greeting");
    unsigned received = 0;
    for (unsigned frame = 0; frame < 300 && received < 10; ++frame) {
        lan.advance(16ms);
        pad->poll();
        tv->poll();
        if (out.listeners() > 0) {
            if (auto loan = out.loan()) {
                loan->root().setText("hello");
                loan->root().setNumber(frame);
                loan->publish();
            }
        }
        in.drain([&](const mcast::Sample<Greeting>& sample) {
            received += sample->getText() == "hello" ? 1 : 0;
        });
    }
    std::printf("received %u greetings\n", received);
    return received >= 10 ? 0 : 1;
}
