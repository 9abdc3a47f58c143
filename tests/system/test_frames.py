"""What transports/dpdk says without a kernel, judged by the kernels around it: a snooping bridge
that asks, hosts that look for us and are looked for."""

import socket

import system_case
from station_case import MEMBERSHIP_INTERVAL, PORT, QUERY_INTERVAL, StationTest
from system_case import program

MAC = "02:00:00:00:00:77"


class Frames(StationTest):
    def setUp(self):
        super().setUp()
        self.raw = self.net.namespace("raw")
        # The raw host's kernel has no address and nothing to say.
        self.raw.sysctl("net.ipv6.conf.default.disable_ipv6", 1)
        self.net.link(self.raw, "e0", self.lan)
        self.start(self.raw, [program("RAW_HOST"), "e0", MAC, "10.1.0.1", "fe80::1"])

    def keeps_and_leaves(self, igmp_version, mld_version):
        self.snoop(igmp_version, mld_version)
        end = self.is_kept()
        stats = self.stats()
        queries = 3 * MEMBERSHIP_INTERVAL // QUERY_INTERVAL - 1
        self.assertGreaterEqual(stats["queries4"], queries, stats)
        self.assertGreaterEqual(stats["queries6"], queries, stats)
        self.assertEqual((stats["version4"], stats["version6"]), (igmp_version, mld_version + 1))
        self.is_let_go(end)

    def test_a_snooping_bridge_keeps_its_member_of_igmpv3_and_mldv2(self):
        self.keeps_and_leaves(3, 2)

    def test_a_snooping_bridge_keeps_its_member_of_igmpv2_and_mldv1(self):
        self.keeps_and_leaves(2, 1)

    def test_kernels_find_us_and_we_find_them(self):
        four = self.peer.socket(socket.AF_INET, socket.SOCK_DGRAM)
        six = self.peer.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        index = self.peer.index("e0")
        for sock, ours, theirs in ((four, ("10.1.0.1", PORT), "10.1.0.2"),
                                   (six, ("fe80::1", PORT, 0, index), "fe80::2")):
            with self.subTest(ours=ours):
                sock.bind((theirs, 7401) if len(ours) == 2 else (theirs, 7401, 0, index))
                sock.settimeout(5)
                # They ask for us first, and nobody else answers.
                sock.sendto(b"to-you", ours)
                line = self.station.json(lambda line: line["event"] == "datagram"
                                      and line["from"] == theirs)
                self.assertEqual((line["to"], line["text"]), (ours[0], "to-you"))
                self.tell(f"send {theirs} 7401 to-them")
                self.assertEqual(sock.recvfrom(100)[:1], (b"to-them",))
        neighbours = self.peer.run("ip", "neigh", "show", "dev", "e0")
        for ours in ("10.1.0.1", "fe80::1"):
            self.assertIn(f"{ours} lladdr {MAC}", neighbours)
        stats = self.stats()
        self.assertEqual({cause for cause in stats["drops"] if "checksum" in cause}, set(), stats)

    def test_we_ask_for_kernels_and_know_when_there_is_none(self):
        third = self.net.namespace("third")
        self.net.link(third, "e0", self.lan, "10.1.0.3/24", "fe80::3/64")
        for family, address in ((socket.AF_INET, "10.1.0.3"), (socket.AF_INET6, "fe80::3")):
            sock = third.socket(family, socket.SOCK_DGRAM)
            sock.bind((address, 7401) if family == socket.AF_INET
                      else (address, 7401, 0, third.index("e0")))
            sock.settimeout(5)
            self.tell(f"send {address} 7401 found")
            self.assertEqual(sock.recv(100), b"found")
        self.tell("send 10.1.0.9 7401 lost")
        self.station.json(lambda line: line["event"] == "unreachable")

    def test_ping(self):
        self.ping("10.1.0.1", "fe80::1")


if __name__ == "__main__":
    system_case.main()
