"""What the tests of foreign groups have in common: LANs with a relay between them, and hosts that
speak plain UDP."""

import json
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import lab
from system_case import program

IP_MULTICAST_ALL, IP_RECVTTL = 49, 12


class Ear:
    """A host's socket that hears a group, or what is broadcast to a port, and can say something."""

    def __init__(self, host, interface, group, port):
        self.host, self.interface = host, interface
        self.heard = []  # (payload, (address, port), ttl)
        made = self.socket = host.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        made.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
        made.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
        made.bind(("", port))
        self.member = struct.pack("4s4si", socket.inet_aton(group or "0.0.0.0"), bytes(4),
                                  host.index(interface))
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, self.member)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        if group:
            made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, self.member)
        made.setblocking(False)

    def say(self, payload, address, port, ttl=4):
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        self.socket.sendto(payload, (address, port))

    def read(self):
        while select.select([self.socket], [], [], 0)[0]:
            payload, control, _, source = self.socket.recvmsg(1 << 16, 64)
            ttl = next((struct.unpack("i", data)[0] for level, kind, data in control
                        if level == socket.IPPROTO_IP), None)
            self.heard.append((payload, source, ttl))
        return self.heard

    def hears(self, payload, within=5.0):
        """The first one with this payload, as (payload, source, ttl)."""
        return lab.eventually(
            lambda: next((one for one in self.read() if one[0] == payload), None), within,
            f"{self.host.name} hears {payload!r}")

    def count(self, payload):
        return sum(one[0] == payload for one in self.read())


class ForeignTest(unittest.TestCase):
    """LANs a (10.1.0.0/24) and b (10.2.0.0/24), and a relay with an interface in each."""

    def setUp(self):
        self.net = lab.Lab()
        self.net.__enter__()
        self.addCleanup(self.net.__exit__, None, None, None)
        self.lans = [self.net.bridge("lana"), self.net.bridge("lanb")]
        self.a, self.b = self.net.namespace("a"), self.net.namespace("b")
        self.net.link(self.a, "e0", self.lans[0], "10.1.0.1/24")
        self.net.link(self.b, "e0", self.lans[1], "10.2.0.1/24")
        for host, gateway in ((self.a, "10.1.0.9"), (self.b, "10.2.0.9")):
            host.ip(f"route add default via {gateway}")

    def machine(self, name, number, *lans):
        """A namespace with ea and eb, or more, at .NUMBER."""
        made = self.net.namespace(name)
        for place, lan in enumerate(lans or self.lans):
            self.net.link(made, "e" + "abcdef"[place], lan, f"10.{place + 1}.0.{number}/24")
        return made

    def relay(self, *routes, name="r", number=9, hears=(), lans=None):
        """A relay that is ready."""
        host = self.machine(name, number, *(lans or self.lans))
        words = [program("FOREIGN")]
        for other in hears:
            words += ["--hears", other]
        relay = host.start([*words, *routes], stdin=subprocess.PIPE)
        self.net.keep(relay.process.stdin.close)
        relay.json(lambda line: line["event"] == "stats", what="the relay is open")
        relay.host = host
        return relay

    def daemon(self, text, name="r", number=9):
        """mcastd with this configuration, once all its routes are there."""
        host = self.machine(name, number)
        home = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, home)
        config = os.path.join(home, "mcastd.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(text)
        env = {**os.environ, "MCAST_CONTROL_SOCKET": os.path.join(home, "control")}
        daemon = host.start([program("MCASTD_BIN"), "run", "--config", config, "--state", home],
                            env=env)
        daemon.host, daemon.env, daemon.config = host, env, config
        lab.eventually(lambda: self.routes(daemon), 10, "mcastd has routes")
        return daemon

    def routes(self, daemon):
        """What `mcastd status` says of its foreign groups; empty before it can be asked."""
        done = subprocess.run([program("MCASTD_BIN"), "status", "--json"], text=True,
                              capture_output=True, timeout=10, env=daemon.env)
        if done.returncode != 0:
            return []
        return [route for route in json.loads(done.stdout)["routes"] if route["foreign"]]

    def tell(self, relay, line):
        relay.process.stdin.write(line + "\n")
        relay.process.stdin.flush()

    def way(self, relay, came="ea", goes="eb", wanted=lambda way: True, within=5.0):
        """Fresh counters of one direction, as soon as they are as wanted."""
        def find(line):
            if not line.startswith("{") or '"stats"' not in line:
                return None
            for way in json.loads(line)["ways"]:
                if (way["from"], way["to"]) == (came, goes) and wanted(way):
                    return way
            return None
        return relay.line(find, within, relay.count(), f"{came} to {goes} as wanted")

    def settled(self, relay, came="ea", goes="eb", seconds=1.0):
        """Waits until nothing comes any more; the counters."""
        before = self.way(relay, came, goes)["counters"]
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            time.sleep(seconds)
            now = self.way(relay, came, goes)["counters"]
            if now == before:
                return now
            before = now
        self.fail(f"it does not end: {before}")


def main():
    reason = lab.unavailable()
    if reason:
        print(f"SKIPPED: {os.path.basename(sys.argv[0])} tested NOTHING: {reason}", file=sys.stderr)
        sys.exit(77)  # meson's code for a skipped test
    done = unittest.main(verbosity=2, exit=False, module="__main__")
    sys.exit(0 if done.result.wasSuccessful() else 1)
