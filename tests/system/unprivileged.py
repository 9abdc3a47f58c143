"""Run by test_sockets.py as nobody, in a user namespace: two probes on a LAN of its own."""

import sys

import lab

with lab.Lab() as net:
    lan = net.bridge("lan")
    ends = []
    for number, name in enumerate(("one", "two"), 1):
        namespace = net.namespace(name)
        net.link(namespace, "e0", lan, f"10.1.0.{number}/24")
        ends.append(namespace.start([sys.argv[1], "--name", name, "--publish", name,
                                     "--subscribe", "one" if name == "two" else "two"]))
    for probe, peer in zip(ends, ("two", "one")):
        probe.json(lambda line, peer=peer: line["event"] == "stats" and any(
            stream["peer"] == peer and stream["count"] >= 50 for stream in line["streams"]))
print("both heard each other")
