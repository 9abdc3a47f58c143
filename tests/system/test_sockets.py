"""What the kernel does to sockets: leaks, drops, ceilings, ports, permissions."""

import os
import shutil
import signal
import socket
import struct
import sys
import tempfile
import unittest

import lab
import system_case
from system_case import SystemTest, program

FOREIGN_GROUP = "239.255.77.77"
IP_MULTICAST_ALL = 49


def membership(namespace, group, interface):
    return struct.pack("4s4si", socket.inet_aton(group), bytes(4), namespace.index(interface))


class Sockets(SystemTest):
    def test_other_programs_on_the_port(self):
        """R8: another program's group on our port does not reach us, nor ours it."""
        lan, tv, pad, _ = self.pair()
        third = self.net.namespace("third")
        self.net.link(third, "e0", lan, "10.1.0.3/24")
        other = tv.socket(socket.AF_INET, socket.SOCK_DGRAM)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((FOREIGN_GROUP, 7400))
        other.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
        other.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                         membership(tv, FOREIGN_GROUP, "e0"))
        other.settimeout(5)

        host, controller = self.talk(tv, pad)
        host.hears("pad", "input", 50)
        sender = third.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                          membership(third, "0.0.0.0", "e0"))
        for number in range(100):
            sender.sendto(b"foreign %d" % number, (FOREIGN_GROUP, 7400))
        for number in range(100):  # the other program gets all of its own, and nothing of ours
            self.assertEqual(other.recv(2048), b"foreign %d" % number)
        host.hears("pad", "input", 100)
        other.setblocking(False)
        with self.assertRaises(BlockingIOError):
            other.recv(2048)
        stats = host.stats()
        self.assertEqual(host.interface(stats, "e0")["leaked"], 0, stats)
        # Its own broadcasts come back to it, as they must for others on this machine.
        self.assertEqual(set(stats["dropped"]) - {"own"}, set(), stats)

    def test_kernel_drops_are_counted_and_explained(self):
        """R9: the kernel drops what a stopped process does not fetch; we say so, and the cure."""
        _, tv, pad, _ = self.pair()
        # One by one, as from a wire: of a run that the kernel drops whole it counts one.
        tv.run("ethtool", "-K", "e0", "tx-udp-segmentation", "off")
        flood = self.probe(tv, "flood", "--publish", "flood", "--rate", "0", "--size", "1200")
        slow = self.probe(pad, "slow", "--subscribe", "flood", "--rate", "200")
        slow.hears("flood", "flood", 500)
        before = flood.stats()["published"]
        slow.process.signal(signal.SIGSTOP)
        # Ten times what any receive buffer of the node holds.
        flood.stats(lambda stats: stats["published"] > before + 60_000, within=30,
                    what="sent 60,000 messages into the stopped process")
        slow.process.signal(signal.SIGCONT)
        slow.stats(lambda stats: stats["kernel_dropped"] > 0, what="counted the kernel's drops")

        def explains(line):
            return line["event"] == "log" and "net.core.rmem_max" in line["text"]
        log = slow.process.json(explains, what="a log line that names the sysctl")
        self.assertIn(log["level"], ("warning", "error"))
        self.assertEqual(flood.process.stop(), 0)
        self.assertEqual(slow.process.stop(), 0)
        lines = list(filter(explains, slow.process.objects()))
        self.assertEqual(len(lines), 1, lines)  # once, not for each drop
        # Nothing is lost without a cause; one datagram holds one message of this size.
        last = slow.events("stats")[-1]
        stream = slow.stream(last, "flood", "flood")
        self.assertLessEqual(stream["missing"],
                             last["kernel_dropped"] + sum(last["dropped"].values()), last)

    def test_more_topics_than_memberships_of_a_socket(self):
        """R12: 20 groups are the kernel's ceiling for one socket; 25 topics all deliver."""
        _, tv, pad, _ = self.pair()
        topics = [f"topic-{number}" for number in range(25)]
        publish = [word for topic in topics for word in ("--publish", topic)]
        subscribe = [word for topic in topics for word in ("--subscribe", topic)]
        self.probe(tv, "tv", *publish, "--rate", "20")
        pad_probe = self.probe(pad, "pad", *subscribe)
        stats = pad_probe.stats(lambda stats: len([stream for stream in stats["streams"]
                                                   if stream["count"] >= 20]) == len(topics),
                                within=10, what="20 messages of each of 25 topics")
        for stream in stats["streams"]:
            self.assertEqual((stream["missing"], stream["repeated"]), (0, 0), stream)
        groups = pad_probe.interface(stats, "e0")["groups"]
        self.assertGreater(groups, 25)

    def test_port_held_by_another_process(self):
        _, tv, _, _ = self.pair()
        holder = tv.start(["python3", "-c", "import socket, time\n"
                           "held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                           "held.bind(('', 7400)); print('held', flush=True); time.sleep(60)"])
        holder.line(lambda text: text == "held")
        blocked = tv.start([program("PROBE"), "--subscribe", "x"])
        self.assertEqual(blocked.wait(), 1)
        said = "\n".join(text for stream, text in blocked.lines if stream == "err")
        self.assertIn("7400", said)
        self.assertIn(f"pid {holder.pid} ", said)
        self.assertIn("python3", said)
        self.assertEqual(len(said.splitlines()), 1, said)

    def test_without_privileges(self):
        """A user without any capability outside plays on a veth of a user namespace."""
        with tempfile.TemporaryDirectory() as folder:  # nobody may not read where we were built
            os.chmod(folder, 0o755)
            for path in (program("PROBE"), lab.__file__,
                         os.path.join(os.path.dirname(__file__), "unprivileged.py")):
                shutil.copy(path, folder)
            # Nor a Python that lives in root's home.
            python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
            outside = self.net.namespace("outside")
            child = outside.start(
                ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                 "unshare", "--map-root-user", "--net", python,
                 os.path.join(folder, "unprivileged.py"), os.path.join(folder, "probe")])
            self.assertEqual(child.wait(20), 0, child.text())
            self.assertIn(("out", "both heard each other"), child.lines)


if __name__ == "__main__":
    system_case.main()
