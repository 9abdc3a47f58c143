"""What transports/dpdk says without a kernel, judged by the kernels around it: a snooping bridge
that asks, hosts that look for us and are looked for."""

import socket
import struct
import subprocess
import time

import system_case
from system_case import SystemTest, program

GROUP4, GROUP6 = "239.1.1.1", "ff12::4d43:0:1"
MAC = "02:00:00:00:00:77"
PORT = 7400
QUERY_INTERVAL, MEMBERSHIP_INTERVAL = 1, 3  # seconds


class Frames(SystemTest):
    def setUp(self):
        super().setUp()
        self.lan = self.net.bridge("lan")
        self.raw, self.peer = self.net.namespace("raw"), self.net.namespace("peer")
        # The raw host's kernel has no address and nothing to say.
        self.raw.sysctl("net.ipv6.conf.default.disable_ipv6", 1)
        self.port = self.net.link(self.raw, "e0", self.lan)
        self.net.link(self.peer, "e0", self.lan, "10.1.0.2/24", "fe80::2/64")
        # A kernel leaves its checksums to devices; between virtual ones there is nobody to do them.
        self.peer.run("ethtool", "-K", "e0", "tx", "off")
        self.host = self.raw.start([program("RAW_HOST"), "e0", MAC, "10.1.0.1", "fe80::1"],
                                   stdin=subprocess.PIPE)
        self.net.keep(self.host.process.stdin.close)
        self.host.json(lambda line: line["event"] == "open")

    def tell(self, command):
        self.host.process.stdin.write(command + "\n")
        self.host.process.stdin.flush()

    def stats(self):
        mark = self.host.count()
        self.tell("stats")
        return self.host.json(lambda line: line["event"] == "stats", start=mark)

    def snoop(self, igmp_version, mld_version):
        bridge = self.lan.namespace
        # The router of this LAN is the bridge; its MLD queries need an address that is ready.
        bridge.sysctl("net.ipv6.conf.lan.accept_dad", 0)
        bridge.ip("link set lan down", "link set lan up")
        bridge.ip(f"link set lan type bridge mcast_query_response_interval 50 "
                  f"mcast_query_interval {QUERY_INTERVAL * 100} "
                  f"mcast_startup_query_interval {QUERY_INTERVAL * 100} "
                  f"mcast_membership_interval {MEMBERSHIP_INTERVAL * 100} "
                  f"mcast_last_member_interval 20 "
                  f"mcast_igmp_version {igmp_version} mcast_mld_version {mld_version}",
                  "link set lan type bridge mcast_snooping 1 mcast_querier 1")

    def send_for(self, seconds, number=0):
        """Numbered datagrams to both groups, a hundred a second; the next number."""
        end, index = time.monotonic() + seconds, self.peer.index("e0")
        four = self.peer.socket(socket.AF_INET, socket.SOCK_DGRAM)
        four.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                        struct.pack("4s4si", bytes(4), bytes(4), index))
        six = self.peer.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        while time.monotonic() < end:
            four.sendto(b"%d" % number, (GROUP4, PORT))
            six.sendto(b"%d" % number, (GROUP6, PORT, 0, index))
            number += 1
            time.sleep(0.01)
        return number

    def got(self, group, first, last):
        numbers = {int(line["text"]) for line in self.host.objects()
                   if line["event"] == "datagram" and line["to"] == group}
        return len([number for number in range(first, last) if number in numbers])

    def keeps_and_leaves(self, igmp_version, mld_version):
        self.snoop(igmp_version, mld_version)
        begin = self.send_for(MEMBERSHIP_INTERVAL + 1.5)  # until the bridge no longer floods
        end = self.send_for(1, begin)
        for group in (GROUP4, GROUP6):
            self.assertEqual(self.got(group, begin, end), 0, f"{group} was not joined")
            self.tell(f"join {group}")
        begin = self.send_for(0.5, end)  # the bridge knows by now
        end = self.send_for(3 * MEMBERSHIP_INTERVAL + 0.5, begin)
        self.host.json(lambda line: line.get("text") == str(end - 1) and line["to"] == GROUP6)
        for group in (GROUP4, GROUP6):
            self.assertEqual(self.got(group, begin, end), end - begin, group)
        stats = self.stats()
        self.assertGreaterEqual(stats["queries4"], 3 * MEMBERSHIP_INTERVAL - 1, stats)
        self.assertGreaterEqual(stats["queries6"], 3 * MEMBERSHIP_INTERVAL - 1, stats)
        self.assertEqual((stats["version4"], stats["version6"]), (igmp_version, mld_version + 1))
        for group in (GROUP4, GROUP6):
            self.tell(f"leave {group}")
        begin = self.send_for(MEMBERSHIP_INTERVAL, end)
        end = self.send_for(1, begin)
        for group in (GROUP4, GROUP6):
            self.assertEqual(self.got(group, begin, end), 0, f"{group} was left")

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
                line = self.host.json(lambda line: line["event"] == "datagram"
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
        self.host.json(lambda line: line["event"] == "unreachable")

    def test_ping(self):
        four = self.peer.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        six = self.peer.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        body = struct.pack("!HH", 77, 1) + bytes(range(256)) * 4
        words = struct.unpack(f"!{len(body) // 2}H", body)
        total = 0x0800 + sum(words)  # ICMP's checksum; the kernel does ICMPv6's
        total = (total & 0xffff) + (total >> 16)
        total = (total & 0xffff) + (total >> 16)
        for sock, to, request, reply in (
                (four, ("10.1.0.1", 0), struct.pack("!BBH", 8, 0, ~total & 0xffff), 0),
                (six, ("fe80::1", 0, 0, self.peer.index("e0")), bytes([128, 0, 0, 0]), 129)):
            sock.settimeout(5)
            sock.sendto(request + body, to)
            while True:  # others' messages come here, too
                message = sock.recv(4096)[20 if sock is four else 0:]
                if message[0] == reply:
                    break
            self.assertEqual(message[4:], body)


if __name__ == "__main__":
    system_case.main()
