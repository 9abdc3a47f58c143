"""What tests of transports/dpdk have in common: a station under test, which takes commands and says
what it hears, and kernels around it on a LAN that can snoop."""

import socket
import struct
import subprocess
import time

from system_case import SystemTest

GROUP4, GROUP6 = "239.1.1.1", "ff12::4d43:0:1"
PORT = 7400
# Seconds. The kernel answers MLD queries from a work queue that a busy machine lets wait, for three
# seconds at times: a lapse of that is the kernel's, whoever's its member is.
QUERY_INTERVAL, MEMBERSHIP_INTERVAL = 1, 4


class StationTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.lan = self.net.bridge("lan")
        self.peer = self.net.namespace("peer")
        self.net.link(self.peer, "e0", self.lan, "10.1.0.2/24", "fe80::2/64")
        # A kernel leaves its checksums to devices; between virtual ones there is nobody to do them.
        self.peer.run("ethtool", "-K", "e0", "tx", "off")

    def start(self, namespace, words):
        """The station; it has said that it is open."""
        self.station = namespace.start(words, stdin=subprocess.PIPE)
        self.net.keep(self.station.process.stdin.close)
        self.station.json(lambda line: line["event"] == "open", within=20)

    def tell(self, command):
        self.station.process.stdin.write(command + "\n")
        self.station.process.stdin.flush()

    def stats(self):
        mark = self.station.count()
        self.tell("stats")
        return self.station.json(lambda line: line["event"] == "stats", start=mark)

    def sender(self, family=socket.AF_INET):
        sock = self.peer.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                            struct.pack("4s4si", bytes(4), bytes(4), self.peer.index("e0")))
        return sock

    def ping(self, four, six, size=1024):
        """The peer asks both addresses for an echo; False: one did not answer."""
        body = struct.pack("!HH", 77, 1) + bytes(range(256)) * (size // 256)
        words = struct.unpack(f"!{len(body) // 2}H", body)
        total = 0x0800 + sum(words)  # ICMP's checksum; the kernel does ICMPv6's
        total = (total & 0xffff) + (total >> 16)
        total = (total & 0xffff) + (total >> 16)
        for family, protocol, to, request, reply in (
                (socket.AF_INET, socket.IPPROTO_ICMP, (four, 0),
                 struct.pack("!BBH", 8, 0, ~total & 0xffff), 0),
                (socket.AF_INET6, socket.IPPROTO_ICMPV6, (six, 0, 0, self.peer.index("e0")),
                 bytes([128, 0, 0, 0]), 129)):
            sock = self.peer.socket(family, socket.SOCK_RAW, protocol)
            sock.settimeout(5)
            sock.sendto(request + body, to)
            while True:  # others' messages come here, too
                message = sock.recv(8192)[20 if family == socket.AF_INET else 0:]
                if message[0] == reply:
                    break
            self.assertEqual(message[4:], body)

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
        four, six = self.sender(), self.sender(socket.AF_INET6)
        while time.monotonic() < end:
            four.sendto(b"%d" % number, (GROUP4, PORT))
            six.sendto(b"%d" % number, (GROUP6, PORT, 0, index))
            number += 1
            time.sleep(0.01)
        return number

    def got(self, group, first, last):
        """The numbers of that range that were heard on a group."""
        numbers = {int(line["text"]) for line in self.station.objects()
                   if line["event"] == "datagram" and line["to"] == group
                   and line["text"].isdigit()}
        return [number for number in range(first, last) if number in numbers]

    def is_kept(self):
        """Joins on a snooping bridge and is heard of for three membership intervals; the next
        number. Nobody else's kernel answers for these groups."""
        begin = self.send_for(MEMBERSHIP_INTERVAL + 1.5)  # until the bridge no longer floods
        end = self.send_for(1, begin)
        for group in (GROUP4, GROUP6):
            self.assertEqual(self.got(group, begin, end), [], f"{group} was not joined")
            self.tell(f"join {group}")
        begin = self.send_for(0.5, end)  # the bridge knows by now
        end = self.send_for(3 * MEMBERSHIP_INTERVAL + 0.5, begin)
        self.station.json(lambda line: line.get("text") == str(end - 1) and line["to"] == GROUP6)
        for group in (GROUP4, GROUP6):
            self.assertEqual(self.got(group, begin, end), list(range(begin, end)), group)
        return end

    def is_let_go(self, number):
        """Leaves both groups and hears nothing any more after one membership interval."""
        for group in (GROUP4, GROUP6):
            self.tell(f"leave {group}")
        begin = self.send_for(MEMBERSHIP_INTERVAL, number)
        end = self.send_for(1, begin)
        for group in (GROUP4, GROUP6):
            self.assertEqual(self.got(group, begin, end), [], f"{group} was left")
