"""What the system tests have in common: a lab for each test, and probes in it."""

import os
import sys
import time
import unittest

import lab

PORTS = range(7400, 7500)  # where our datagrams come from and go to
BACKEND = os.environ.get("BACKEND", "socket")
RECOVERY = 0.5             # seconds, the goal after an interface is usable again


def program(name):
    """A program under test, as meson names it in the environment."""
    path = os.environ.get(name)
    if not path:
        sys.exit(f"{sys.argv[0]}: the environment does not name the program {name}; "
                 f"run it by: meson test --suite system")
    return path


class Probe:
    """A running programs/probe, and questions to its output."""

    def __init__(self, process, name):
        self.process, self.name = process, name
        opened = self.process.json(lambda line: line["event"] == "open", what=f"{name} opens")
        self.backend = opened["backend"]

    def mark(self):
        """Where its output ends now, for `start` below."""
        return self.process.count()

    def event(self, kind, within=5.0, start=0, **members):
        return self.process.json(
            lambda line: line["event"] == kind
            and all(line.get(key) == value for key, value in members.items()),
            within, start, f"{self.name} says {kind} {members or ''}")

    def events(self, kind, start=0, **members):
        """Those that were said already."""
        return [line for line in self.process.objects(start) if line["event"] == kind
                and all(line.get(key) == value for key, value in members.items())]

    def stats(self, wanted=lambda stats: True, within=5.0, what="certain counters"):
        """Fresh counters, as soon as they are as wanted."""
        return self.process.json(lambda line: line["event"] == "stats" and wanted(line),
                                 within, self.mark(), f"{self.name} has {what}")

    def hears(self, peer, topic, more=50, within=5.0):
        """Waits until `more` further messages came from a peer; its stream's counters."""
        have = self.stream(self.stats(), peer, topic)
        goal = (have["count"] if have else 0) + more
        stats = self.stats(lambda stats: (self.stream(stats, peer, topic) or {"count": -1})["count"]
                           >= goal, within, f"{more} further messages of {peer} on {topic}")
        return self.stream(stats, peer, topic)

    @staticmethod
    def stream(stats, peer, topic):
        """The latest stream of that peer and topic."""
        found = [stream for stream in stats["streams"]
                 if stream["peer"] == peer and stream["topic"] == topic]
        return found[-1] if found else None

    @staticmethod
    def interface(stats, name):
        """The newest interface of that name."""
        found = [one for one in stats["interfaces"] if one["name"] == name]
        return found[-1] if found else None

    def pauses(self, start=0):
        """The longest time without a message, for each (peer, topic); wants --every-message."""
        last, longest = {}, {}
        for line in self.process.objects(start):
            if line["event"] in ("first", "message", "resumed"):
                key = line["peer"], line["topic"]
                longest[key] = max(longest.get(key, 0), line["received"] - last.get(key, line["received"]))
                last[key] = line["received"]
        return longest


class SystemTest(unittest.TestCase):
    def setUp(self):
        self.net = lab.Lab()
        self.net.__enter__()
        self.addCleanup(self.net.__exit__, None, None, None)

    def probe(self, namespace, name, *arguments, backend=BACKEND):
        if "--domain" not in arguments:
            arguments = "--domain", "lab", *arguments
        words = [program("PROBE"), "--name", name, "--backend", backend, *arguments]
        probe = Probe(namespace.start(words), name)
        self.assertEqual(probe.backend, backend.partition(":")[0])
        return probe

    def pair(self, *arguments):
        """A tv and a pad on one LAN, which hear each other."""
        lan = self.net.bridge("lan")
        tv, pad = self.net.namespace("tv"), self.net.namespace("pad")
        self.net.link(tv, "e0", lan, "10.1.0.1/24")
        port = self.net.link(pad, "e0", lan, "10.1.0.2/24")
        return lan, tv, pad, port

    def talk(self, tv, pad, *arguments):
        """Probes in both that publish to each other: `world` and `input`."""
        host = self.probe(tv, "tv", "--publish", "world", "--subscribe", "input", *arguments)
        controller = self.probe(pad, "pad", "--publish", "input", "--subscribe", "world", *arguments)
        return host, controller


def main():
    reason = lab.unavailable()
    if reason:
        print(f"SKIPPED: {os.path.basename(sys.argv[0])} tested NOTHING: {reason}", file=sys.stderr)
        sys.exit(77)  # meson's code for a skipped test
    for name in ("PROBE", "SAME_GROUP", "COUCH"):
        program(name)
    begun = time.monotonic()
    done = unittest.main(verbosity=2, exit=False, module="__main__")
    print(f"{done.result.testsRun} tests in {time.monotonic() - begun:.1f} s", file=sys.stderr)
    sys.exit(0 if done.result.wasSuccessful() else 1)
