"""transports/dpdk on the kernel's interfaces: snooping bridges, kernel sockets, cut cables."""

import json
import os
import socket
import struct
import tempfile
import time

import system_case
from lab import eventually
from station_case import GROUP4, GROUP6, PORT, StationTest
from system_case import SystemTest, program

AF_XDP = "net_af_xdp0,iface=e0"


class OwnInterface(StationTest):
    """The station is on an interface of a kernel that has addresses."""

    def setUp(self):
        super().setUp()
        self.own = self.net.namespace("own")
        self.net.link(self.own, "e0", self.lan, "10.1.0.1/24", "fe80::1/64")

    def open(self, membership="auto", device="net_af_packet0,iface=e0", addresses=()):
        self.start(self.own, [program("DPDK_STATION"), device, membership, *addresses])
        time.sleep(0.2)

    def join(self, group):
        self.tell(f"join {group}")
        self.stats()  # when it answers, it has joined

    def noted(self, words):
        return any(words in line["text"] for line in self.station.objects()
                   if line["event"] == "note")


class Dpdk(OwnInterface):
    def keeps_and_leaves(self, membership, device="net_af_packet0,iface=e0"):
        self.snoop(3, 2)
        self.open(membership, device)
        end = self.is_kept()
        self.is_let_go(end)
        # Nor does the bridge bring them to the port any more.
        leaked = self.stats()["leaked"]
        self.send_for(1, end)
        self.assertEqual(self.stats()["leaked"], leaked)

    def test_a_member_by_the_kernel_is_kept_by_a_snooping_bridge(self):
        self.keeps_and_leaves("kernel")

    def test_a_member_of_our_own_is_kept_by_a_snooping_bridge(self):
        self.keeps_and_leaves("user")

    def test_a_member_by_the_kernel_beside_the_port_filter_is_kept_by_a_snooping_bridge(self):
        self.keeps_and_leaves("auto", AF_XDP)
        self.assertTrue(self.noted("the port filter takes UDP to our ports only"))
        self.assertTrue(self.noted("group membership is the kernel's"))

    def test_a_member_on_af_xdp_without_the_filter_is_kept_by_a_snooping_bridge(self):
        self.keeps_and_leaves("unfiltered", AF_XDP)
        self.assertTrue(self.noted("no port filter"))
        self.assertTrue(self.noted("group membership is our own"))

    def test_what_is_unplugged_goes_down_and_comes_back(self):
        self.open()
        self.join(GROUP4)
        self.send_for(0.2)
        self.station.json(lambda line: line["event"] == "datagram")
        mark = self.station.count()
        self.own.ip("link set e0 down")
        self.station.json(lambda line: line["event"] == "link" and not line["up"], start=mark,
                          within=2)
        for _ in range(5):
            self.tell(f"send {GROUP4} {PORT} lost")
        self.station.json(lambda line: line["event"] == "sent" and line["count"] == 1, start=mark)
        self.assertEqual(self.stats()["send_errors"], 5)
        mark = self.station.count()
        self.own.ip("link set e0 up")
        self.station.json(lambda line: line["event"] == "link" and line["up"], start=mark, within=5)
        mark = self.station.count()
        self.send_for(3, 1000)
        self.station.json(lambda line: line["event"] == "datagram", start=mark)

    def test_kernel_sockets_of_the_same_machine_hear_us_and_we_hear_them(self):
        self.open()
        self.join(GROUP4)
        index = self.own.index("e0")
        local = self.own.socket(socket.AF_INET, socket.SOCK_DGRAM)
        local.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        local.bind(("", PORT))
        request = struct.pack("4s4si", socket.inet_aton(GROUP4), bytes(4), index)
        local.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
        local.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                         struct.pack("4s4si", bytes(4), bytes(4), index))
        local.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        local.settimeout(5)
        other = self.peer.socket(socket.AF_INET, socket.SOCK_DGRAM)
        other.bind(("", PORT))
        other.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                         struct.pack("4s4si", socket.inet_aton(GROUP4), bytes(4),
                                     self.peer.index("e0")))
        other.settimeout(0.5)
        # Its checksum is not computed yet when we see it.
        local.sendto(b"from-a-socket", (GROUP4, PORT))
        self.station.json(lambda line: line.get("text") == "from-a-socket")
        self.assertEqual(other.recv(100), b"from-a-socket")
        self.tell(f"send {GROUP4} {PORT} from-dpdk")
        data, (address, port) = local.recvfrom(100)
        self.assertEqual((data, address, port), (b"from-dpdk", "10.1.0.1", self.stats()["port"]))
        # Others on the wire get it once.
        self.assertEqual(other.recv(100), b"from-dpdk")
        self.assertRaises(TimeoutError, other.recv, 100)

    def test_the_kernel_does_not_tell_senders_that_nobody_is_there(self):
        self.open()
        port = self.stats()["port"]
        sock = self.peer.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.connect(("10.1.0.1", port))
        for number in range(20):
            sock.send(b"to-you-%d" % number)  # an ICMP error would end one of these
            time.sleep(0.01)
        self.station.json(lambda line: line.get("text") == "to-you-19")
        # And another process does not get the number.
        taken = self.own.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.assertRaises(OSError, taken.bind, ("", port))

    def test_checksums_that_a_sender_left_to_its_device_are_named(self):
        self.peer.run("ethtool", "-K", "e0", "tx", "on")
        self.open()
        self.join(GROUP4)
        self.sender().sendto(b"unsummed", (GROUP4, PORT))
        self.station.line(lambda text: "ethtool -K" in text and "10.1.0.2" in text,
                          what="a line that says what to do")
        self.assertGreaterEqual(self.stats()["frames"]["udp-checksum"], 1)

    def test_datagrams_of_any_length_and_fragments_do_no_harm(self):
        self.open()
        self.join(GROUP4)
        sock = self.sender()
        sock.sendto(b"x" * 4000, (GROUP4, PORT))  # fragments, put together and cut by the kernel
        sock.sendto(b"y" * 1472, (GROUP4, PORT))
        sock.sendto(b"good", (GROUP4, PORT))
        self.station.json(lambda line: line.get("text") == "good")
        sizes = [line["size"] for line in self.station.objects() if line["event"] == "datagram"]
        self.assertEqual(sizes, [1472, 4])
        self.assertGreaterEqual(self.stats()["truncated"], 1)

    def test_a_holder_of_all_buffers_stops_only_itself(self):
        self.open()
        self.join(GROUP4)
        self.tell("hold 256")
        self.stats()  # it holds from now on
        sock = self.sender()
        for number in range(3000):
            sock.sendto(b"%d" % number, (GROUP4, PORT))
            if number % 100 == 0:
                time.sleep(0.01)
        stats = self.stats()
        self.assertEqual(stats["received"], 256)
        self.assertGreater(stats["dropped"], 0)
        self.tell("hold 0")
        eventually(lambda: self.stats()["received"] >= 512, 5, "what waited")
        mark = self.station.count()
        sock.sendto(b"after", (GROUP4, PORT))
        self.station.json(lambda line: line.get("text") == "after", start=mark)


    def test_a_tap_is_a_cable_to_the_kernel(self):
        self.open("auto", "net_tap0,iface=tap7", ["10.2.0.1/24"])
        self.own.ip("addr add 10.2.0.2/24 dev tap7", "link set tap7 up")
        self.own.sysctl("net.ipv4.conf.tap7.rp_filter", 0)
        self.join(GROUP4)
        index = self.own.index("tap7")
        interface = struct.pack("4s4si", bytes(4), bytes(4), index)
        sock = self.own.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("", PORT))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        struct.pack("4s4si", socket.inet_aton(GROUP4), bytes(4), index))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        sock.settimeout(5)
        sock.sendto(b"from-the-kernel", (GROUP4, PORT))
        self.station.json(lambda line: line.get("text") == "from-the-kernel")
        self.tell(f"send {GROUP4} {PORT} multicast")
        self.assertEqual(sock.recv(100), b"multicast")
        # Each asks for the other's MAC.
        self.tell(f"send 10.2.0.2 {PORT} unicast")
        self.assertEqual(sock.recv(100), b"unicast")
        sock.sendto(b"back", ("10.2.0.1", self.stats()["port"]))
        self.station.json(lambda line: line.get("text") == "back")


class PortFilter(OwnInterface):
    """AF_XDP with our own XDP program: the interface stays the kernel's but for our ports."""

    def open(self, mode="auto"):
        super().open(mode, AF_XDP)

    def heard(self, text):
        self.station.json(lambda line: line.get("text") == text, what=text)

    def programs(self):
        return "prog/xdp" in self.own.run("ip", "link", "show", "e0")

    def check_our_traffic(self):
        for group in (GROUP4, GROUP6):
            self.tell(f"join {group}")
        port = self.stats()["port"]
        index = self.peer.index("e0")
        for sock, name, group, own in (
                (self.sender(), "10.1.0.2", (GROUP4, PORT), ("10.1.0.1", port)),
                (self.sender(socket.AF_INET6), "fe80::2", (GROUP6, PORT, 0, index),
                 ("fe80::1", port, 0, index))):
            sock.bind((name, 7777) if len(own) == 2 else (name, 7777, 0, index))
            sock.settimeout(5)
            # Nothing was heard of it yet, so the kernel finds it, and sends.
            self.tell(f"send {name} 7777 first")
            self.assertEqual(sock.recvfrom(100), (b"first", own))
            sock.sendto(b"multicast-" + name.encode(), group)
            sock.sendto(b"unicast-" + name.encode(), own)
            self.heard("multicast-" + name)
            self.heard("unicast-" + name)
            by_kernel = self.sent_by_the_kernel()
            self.tell(f"send {name} 7777 second")
            self.assertEqual(sock.recvfrom(100), (b"second", own))
            self.assertEqual(self.sent_by_the_kernel(), by_kernel)

    def sent_by_the_kernel(self):
        """Datagrams, of both families."""
        with self.own.entered(), open("/proc/thread-self/net/snmp") as four, \
                open("/proc/thread-self/net/snmp6") as six:
            names, values = [line.split() for line in four if line.startswith("Udp:")]
            six = dict(line.split() for line in six)
        return int(values[names.index("OutDatagrams")]) + int(six["Udp6OutDatagrams"])

    def check_tcp(self):
        service = self.own.socket(socket.AF_INET, socket.SOCK_STREAM)
        service.bind(("10.1.0.1", PORT))  # of ours, but TCP
        service.listen()
        client = self.peer.socket(socket.AF_INET, socket.SOCK_STREAM)
        client.settimeout(5)
        client.connect(("10.1.0.1", PORT))
        connection, _ = service.accept()
        self.net.keep(connection.close)
        data = os.urandom(100_000)
        client.sendall(data)
        got = b""
        while len(got) < len(data):
            got += connection.recv(len(data))
        self.assertEqual(got, data)

    def check_udp(self, port, sizes):
        service = self.own.socket(socket.AF_INET, socket.SOCK_DGRAM)
        service.bind(("10.1.0.1", port))
        client = self.peer.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.bind(("10.1.0.2", 0))
        for sock in (service, client):
            sock.settimeout(5)
        for size in sizes:  # beyond 1472: in fragments
            client.sendto(b"q" * size, ("10.1.0.1", port))
            question, source = service.recvfrom(10_000)
            service.sendto(question.upper(), source)
            self.assertEqual(client.recv(10_000), b"Q" * size)

    def test_the_rest_of_the_host_goes_on_beside_our_traffic(self):
        self.own.run("ethtool", "-K", "e0", "tx", "off")
        self.open()
        # Whoever answers for our addresses and to pings, it is the kernel.
        self.peer.ip("neigh flush dev e0")
        self.ping("10.1.0.1", "fe80::1")
        self.check_our_traffic()
        self.check_tcp()
        self.check_udp(5353, (10, 1472, 4000))
        self.ping("10.1.0.1", "fe80::1", 4096)
        frames = self.stats()["frames"]
        self.assertEqual(frames, {}, "and nothing of all that came to us")

    def test_the_interface_is_all_the_kernels_when_we_have_ended(self):
        service = self.own.socket(socket.AF_INET, socket.SOCK_DGRAM)
        service.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        service.bind(("", PORT))
        for end in (lambda: self.station.process.stdin.close(), lambda: self.station.kill()):
            self.open()
            self.assertTrue(self.programs())
            self.sender().sendto(b"taken", ("10.1.0.1", PORT))
            service.settimeout(0.2)
            self.assertRaises(TimeoutError, service.recv, 100)
            end()
            self.station.process.wait(5)
            eventually(lambda: not self.programs(), 5, "the program goes with its process")
            self.sender().sendto(b"left", ("10.1.0.1", PORT))
            service.settimeout(5)
            self.assertEqual(service.recv(100), b"left")

    def test_what_stands_in_the_way_is_said(self):
        self.open("user")
        self.station.json(lambda line: line["event"] == "note" and line["text"] ==
                          "no port filter, every frame is taken from the kernel: a membership of "
                          "our own has to see what routers ask")

    def test_another_program_on_the_interface_is_said(self):
        self.open()
        other = self.own.start([program("DPDK_STATION"), AF_XDP, "auto"])
        self.assertEqual(other.wait(20), 1)
        self.assertIn("no other XDP program is on it", other.text())
        self.check_our_traffic()


class Couch(SystemTest):
    def test_the_host_on_dpdk_and_controllers_on_all_backends(self):
        lan = self.net.bridge("lan")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        report = os.path.join(folder.name, "host")
        backends = {"tv": "dpdk:net_af_packet0,iface=e0", "pad-1": "socket", "pad-2": "uring",
                    "pad-3": "dpdk:net_af_xdp0,iface=e0"}
        spaces = {name: self.net.namespace(name) for name in backends}
        for number, space in enumerate(spaces.values(), start=1):
            self.net.link(space, "e0", lan, f"10.1.0.{number}/24")
            space.run("ethtool", "-K", "e0", "tx", "off")
        host = spaces.pop("tv").start([program("COUCH"), "host", "--report", report, "--backend",
                                       backends["tv"]])
        pads = [space.start([program("COUCH"), "pad", "--name", name, "--backend", backends[name]])
                for name, space in spaces.items()]
        for name in spaces:
            host.line(lambda text: f"'{name}'" in text and "is up" in text, within=20,
                      what=f"{name} is found")
        time.sleep(3)  # the game
        for pad in pads:
            self.assertEqual(pad.stop(), 0)
        host.line(lambda text: "'pad-1'" in text and "is down" in text)
        self.assertEqual(host.stop(), 0)
        with open(report, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        totals = {line["peer"]: line for line in lines if line["event"] == "total"}
        self.assertEqual(set(totals), set(spaces))
        for name, total in totals.items():
            self.assertEqual((total["lost"], total["missed"]), (0, 0), total)
            self.assertEqual(total["interfaces"], ["e0"])


class Refusals(SystemTest):
    def refusal(self, *words):
        where = self.net.namespace("nowhere")
        done = where.start([program("DPDK_STATION"), *words])
        self.assertEqual(done.process.wait(20), 1)
        time.sleep(0.1)
        self.assertEqual([text for stream, text in done.lines if stream == "out"], [])
        return [text for stream, text in done.lines if text.startswith("dpdk_station: ")][0]

    def test_they_say_what_is_missing(self):
        for words, expected in [
                (("", "auto"), "no device is named"),
                (("net_af_packet0,iface=nosuch", "auto"), "see that the interface nosuch exists"),
                (("net_nosuch0", "auto"), "see that its driver is installed"),
                (("0000:ff:1f.7", "auto"), "there is no PCI device with this address"),
                (("eth1", "auto"), "it is neither a PCI address"),
                (("net_ring0", "auto"), "its addresses must be given"),
                (("net_ring0", "auto", "10.0.0.300/24"), "is no address of an interface")]:
            with self.subTest(words=words):
                self.assertIn(expected, self.refusal(*words))


if __name__ == "__main__":
    system_case.main()
