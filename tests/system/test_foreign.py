"""Foreign groups over the real kernel: A - R - B, and several relays in parallel."""

import os
import socket
import struct
import sys
import time

import foreign_case
import lab
from foreign_case import Ear, ForeignTest

SSDP = "239.255.255.250", 1900
MINECRAFT = "224.0.2.60", 4445
HERE = os.path.dirname(os.path.abspath(__file__))


class OneRelay(ForeignTest):
    def test_a_minecraft_announcement_crosses_with_its_source(self):
        relay = self.relay("minecraft")
        hears = Ear(self.b, "e0", *MINECRAFT)
        game = Ear(self.a, "e0", None, 40000)
        game.say(b"[MOTD]here[/MOTD][AD]25565[/AD]", *MINECRAFT, ttl=1)
        _, source, ttl = hears.hears(b"[MOTD]here[/MOTD][AD]25565[/AD]")
        self.assertEqual((source, ttl), (("10.1.0.1", 40000), 1))
        self.assertEqual(self.settled(relay)["forwarded"], 1)

    def test_a_search_is_answered_through_a_replaced_source(self):
        relay = self.relay("ssdp,replies=1000")
        device = Ear(self.b, "e0", *SSDP)
        asker = Ear(self.a, "e0", None, 40000)
        asker.say(b"M-SEARCH", *SSDP)
        _, port, ttl = device.hears(b"M-SEARCH")
        self.assertEqual((port[0], ttl), ("10.2.0.9", 3))
        device.say(b"HTTP/1.1 200 OK", *port, ttl=64)
        _, source, ttl = asker.hears(b"HTTP/1.1 200 OK")
        self.assertEqual((source, ttl), (("10.1.0.9", 1900), 63))
        self.assertEqual(self.way(relay)["counters"]["replies"], 1)
        # After its time the port is not lent any more.
        relay.json(lambda line: line["event"] == "stats" and line["ports"] == 0, start=relay.count())
        device.say(b"late", *port, ttl=64)
        self.settled(relay)
        self.assertEqual(asker.count(b"late"), 0)

    def test_a_kept_source_is_kept_whatever_the_size(self):
        self.relay("239.1.2.3:5000,keep")
        hears = Ear(self.b, "e0", "239.1.2.3", 5000)
        speaker = Ear(self.a, "e0", None, 40000)
        for size in (0, 1, 1472, 1473, 9000, 65507):
            payload = bytes(n * 7 & 255 for n in range(size))
            speaker.say(payload, "239.1.2.3", 5000)
            with self.subTest(size=size):
                _, source, ttl = hears.hears(payload)
                self.assertEqual((source, ttl), (("10.1.0.1", 40000), 3))

    def test_a_kept_source_is_kept_when_the_mtu_shrinks(self):
        relay = self.relay("239.1.2.3:5000,keep")
        hears = Ear(self.b, "e0", "239.1.2.3", 5000)
        speaker = Ear(self.a, "e0", None, 40000)
        speaker.say(bytes(1450), "239.1.2.3", 5000)
        hears.hears(bytes(1450))
        relay.host.ip("link set eb mtu 1400")
        said = []

        def crosses():
            said.append(str(len(said)).rjust(1450).encode())
            speaker.say(said[-1], "239.1.2.3", 5000)
            return any(one[0] in said for one in hears.read())

        lab.eventually(crosses, 5.0, "b hears what is larger than the new MTU")

    def test_large_ones_cross_with_a_replaced_source_too(self):
        self.relay("239.1.2.3:5000")
        hears = Ear(self.b, "e0", "239.1.2.3", 5000)
        speaker = Ear(self.a, "e0", None, 40000)
        for size in (0, 1473, 65507):
            speaker.say(bytes(size), "239.1.2.3", 5000)
            self.assertEqual(hears.hears(bytes(size))[2], 3)

    def test_broadcast_crosses_limited_and_directed(self):
        relay = self.relay("broadcast:6454,keep")
        hears = Ear(self.b, "e0", None, 6454)
        speaker = Ear(self.a, "e0", None, 40000)
        for payload, address in ((b"limited", "255.255.255.255"), (b"directed", "10.1.0.255")):
            speaker.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"e0")
            speaker.say(payload, address, 6454, ttl=64)
            self.assertEqual(hears.hears(payload)[1:], (("10.1.0.1", 40000), 63))
        counters = self.settled(relay, "eb", "ea")
        self.assertEqual((counters["forwarded"], counters["echo"]), (0, 2), counters)
        self.assertEqual(hears.count(b"limited"), 1)

    def test_unicast_to_the_port_stays_with_whoever_has_it(self):
        relay = self.relay("broadcast:6454", "ssdp")
        for port in (6454, 1900):
            local = relay.host.socket(socket.AF_INET, socket.SOCK_DGRAM)
            local.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            local.bind(("", port))
            local.settimeout(5)
            Ear(self.a, "e0", None, 0).say(b"for you", "10.1.0.9", port)
            self.assertEqual(local.recv(100), b"for you")

    def test_ttl_1_does_not_cross(self):
        relay = self.relay("239.1.2.3:5000")
        hears = Ear(self.b, "e0", "239.1.2.3", 5000)
        speaker = Ear(self.a, "e0", None, 40000)
        speaker.say(b"near", "239.1.2.3", 5000, ttl=1)
        speaker.say(b"far", "239.1.2.3", 5000, ttl=2)
        self.assertEqual(hears.hears(b"far")[2], 1)
        self.assertEqual(hears.count(b"near"), 0)
        self.assertEqual(self.way(relay)["counters"]["ttl"], 1)

    def test_nothing_comes_back_to_where_it_was_said(self):
        relay = self.relay("239.1.2.3:5000", "239.1.2.4:5000,keep")
        for group in ("239.1.2.3", "239.1.2.4"):
            speaker = Ear(self.a, "e0", group, 5000)
            hears = Ear(self.b, "e0", group, 5000)
            speaker.say(b"once", group, 5000)
            hears.hears(b"once")
            self.settled(relay, "eb", "ea")
            self.assertEqual((speaker.count(b"once"), hears.count(b"once")), (0, 1))
            speaker.socket.close()
            hears.socket.close()

    def test_without_the_capability_sources_are_replaced_and_that_is_said(self):
        host = self.machine("r", 9)
        relay = host.start(["setpriv", "--bounding-set", "-net_raw", foreign_case.program("FOREIGN"),
                            "239.1.2.3:5000,keep"])
        relay.json(lambda line: "replaced, not kept" in line.get("text", "")
                   and "CAP_NET_RAW" in line["text"])
        relay.json(lambda line: line["event"] == "stats")
        hears = Ear(self.b, "e0", "239.1.2.3", 5000)
        Ear(self.a, "e0", None, 40000).say(b"hello", "239.1.2.3", 5000)
        self.assertEqual(hears.hears(b"hello")[1][0], "10.2.0.9")

    def test_ipv6_groups_cross_too(self):
        for host, address in ((self.a, "fd01::1/64"), (self.b, "fd02::1/64")):
            host.ip(f"address add {address} dev e0 nodad")
        host = self.net.namespace("r")
        for place, lan in enumerate(self.lans):
            self.net.link(host, "e" + "ab"[place], lan, f"fd0{place + 1}::9/64")
        for word, source in (("keep", "fd01::1"), ("replace", "fd02::9")):
            group = "ff15::5" if word == "keep" else "ff15::6"
            relay = host.start([foreign_case.program("FOREIGN"), f"[{group}]:5000,{word}"])
            relay.json(lambda line: line["event"] == "stats" and line["ways"])
            hears = self.b.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            hears.bind(("::", 5000))
            hears.settimeout(5)
            member = socket.inet_pton(socket.AF_INET6, group) + struct.pack("i", self.b.index("e0"))
            hears.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
            speaker = self.a.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            speaker.bind(("fd01::1", 40000))
            speaker.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 4)
            speaker.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self.a.index("e0"))
            with self.subTest(word=word):
                speaker.sendto(b"six", (group, 5000))
                payload, came = hears.recvfrom(100)
                self.assertEqual((payload, came[0]), (b"six", source))
                if word == "replace":
                    hears.sendto(b"back", came)
                    speaker.settimeout(5)
                    self.assertEqual(speaker.recv(100), b"back")
            relay.kill()
            hears.close()
            speaker.close()

    def test_interfaces_come_and_go_while_it_runs(self):
        relay = self.relay("239.1.2.3:5000")
        hears = Ear(self.b, "e0", "239.1.2.3", 5000)
        speaker = Ear(self.a, "e0", None, 40000)
        relay.host.ip("link delete eb")
        relay.json(lambda line: line["event"] == "stats" and not line["ways"], start=relay.count())
        speaker.say(b"nowhere", "239.1.2.3", 5000)
        self.net.link(relay.host, "eb", self.lans[1], "10.2.0.9/24")
        self.way(relay)
        speaker.say(b"there again", "239.1.2.3", 5000)
        hears.hears(b"there again")
        self.assertEqual(hears.count(b"nowhere"), 0)

    def test_other_routes_do_not_disturb_those_that_stay(self):
        relay = self.relay("239.1.2.3:5000")
        hears = Ear(self.b, "e0", "239.1.2.3", 5000)
        speaker = Ear(self.a, "e0", None, 40000)
        for number in range(200):
            speaker.say(b"%d" % number, "239.1.2.3", 5000)
            self.tell(relay, "routes 239.1.2.3:5000" + (" ssdp" if number % 2 else ""))
            time.sleep(0.002)
        hears.hears(b"199")
        self.assertEqual([one[0] for one in hears.read()], [b"%d" % n for n in range(200)])
        self.assertEqual(self.way(relay)["counters"]["forwarded"], 200)

    def test_a_storm_trips_the_breaker_which_closes_itself_again(self):
        relay = self.relay("239.1.2.3:5000,rate=100,open=500")
        hears = Ear(self.b, "e0", "239.1.2.3", 5000)
        speaker = Ear(self.a, "e0", None, 40000)
        for number in range(2000):
            speaker.say(b"storm %d" % number, "239.1.2.3", 5000)
        relay.json(lambda line: "a storm: more than 100" in line.get("text", ""))
        way = self.way(relay, wanted=lambda way: way["counters"]["received"] >= 2000)
        self.assertLessEqual(way["counters"]["forwarded"], 200)
        self.assertGreater(way["counters"]["storm"], 1700)
        relay.json(lambda line: "the storm is over" in line.get("text", ""))
        speaker.say(b"after", "239.1.2.3", 5000)
        hears.hears(b"after")


class SeveralRelays(ForeignTest):
    def test_two_that_know_of_each_other_give_one_copy_and_one_takes_over(self):
        for route in ("239.1.2.3:5000", "239.1.2.4:5000,keep", "broadcast:5001"):
            with self.subTest(route=route):
                self.takes_over(route)

    def takes_over(self, route):
        where = route.partition(",")[0].split(":")
        group = None if where[0] == "broadcast" else where[0]
        first = self.relay(route, name="r1", number=8, hears=(7,))
        second = self.relay(route, name="r2", number=9, hears=(3,))
        self.way(second, wanted=lambda way: not way["carries"])
        hears = Ear(self.b, "e0", group, int(where[1]))
        speaker = Ear(self.a, "e0", group, int(where[1]))
        speaker.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"e0")
        address = group or "255.255.255.255"
        for number in range(20):
            speaker.say(b"%d" % number, address, int(where[1]))
            time.sleep(0.01)
        hears.hears(b"19")
        self.settled(second)
        self.assertEqual([one[0] for one in hears.read()], [b"%d" % n for n in range(20)])
        first.kill()
        self.tell(second, "silence")
        self.way(second, wanted=lambda way: way["carries"], within=1.5)
        speaker.say(b"still", address, int(where[1]))
        hears.hears(b"still")
        second.kill()
        hears.socket.close()
        speaker.socket.close()

    def test_those_that_do_not_know_of_each_other_do_not_storm(self):
        for route in ("239.1.2.3:5000", "239.1.2.3:5000,keep"):
            relays = [self.relay(route, name=f"r{number}", number=number)
                      for number in (6, 7, 8, 9)]
            hears = Ear(self.b, "e0", "239.1.2.3", 5000)
            speaker = Ear(self.a, "e0", "239.1.2.3", 5000)
            for number in range(10):
                speaker.say(b"%d" % number, "239.1.2.3", 5000, ttl=32)
                time.sleep(0.05)
            hears.hears(b"9")
            for relay in relays:
                self.settled(relay)
                self.settled(relay, "eb", "ea")
            with self.subTest(route=route):
                for number in range(10):
                    self.assertIn(hears.count(b"%d" % number), range(1, 5))
                    self.assertLessEqual(speaker.count(b"%d" % number), 4)
            for relay in relays:
                relay.kill()
            hears.socket.close()
            speaker.socket.close()

    def naive(self, number):
        host = self.machine(f"naive{number}", number)
        relay = host.start([sys.executable, os.path.join(HERE, "naive_relay.py"), "239.1.2.3",
                            "5000", "ea", f"10.1.0.{number}", "eb", f"10.2.0.{number}"])
        relay.line(lambda text: text == "open")
        return relay

    def test_beside_one_of_another_make_it_does_not_storm(self):
        naive = self.naive(50)
        for route in ("239.1.2.3:5000", "239.1.2.3:5000,keep"):
            relay = self.relay(route)
            hears = Ear(self.b, "e0", "239.1.2.3", 5000)
            Ear(self.a, "e0", None, 40000).say(route.encode(), "239.1.2.3", 5000, ttl=32)
            hears.hears(route.encode())
            self.settled(relay)
            with self.subTest(route=route):
                self.assertLessEqual(hears.count(route.encode()), 3)
                self.assertLessEqual(naive.count(), 1 + 3 * 2)
            relay.kill()
            hears.socket.close()

    def test_to_one_of_another_make_it_is_left_and_taken_back(self):
        naive = self.naive(50)
        relay = self.relay("239.1.2.3:5000,replies=0")
        hears = Ear(self.b, "e0", "239.1.2.3", 5000)
        speaker = Ear(self.a, "e0", "239.1.2.3", 5000)
        for number in range(40):
            speaker.say(b"learn %d" % number, "239.1.2.3", 5000, ttl=32)
            time.sleep(0.02)
        self.way(relay, wanted=lambda way: not way["carries"])
        for number in range(30):
            speaker.say(b"one %d" % number, "239.1.2.3", 5000, ttl=32)
            time.sleep(0.02)
        hears.hears(b"one 29")
        self.settled(relay)
        self.assertEqual([hears.count(b"one %d" % number) for number in range(30)], [1] * 30)
        self.assertEqual([speaker.count(b"one %d" % number) for number in range(30)], [0] * 30)
        naive.kill()
        speaker.say(b"lost", "239.1.2.3", 5000, ttl=32)
        self.way(relay, wanted=lambda way: way["carries"], within=1.0)
        speaker.say(b"carried", "239.1.2.3", 5000, ttl=32)
        hears.hears(b"carried")

    def test_of_a_storm_that_two_of_another_make_raise_little_is_carried(self):
        # They need no third for it: one datagram goes round between them for ever.
        storm = [self.naive(50), self.naive(51)]
        third = self.net.bridge("lanc")
        c = self.net.namespace("c")
        self.net.link(c, "e0", third, "10.3.0.1/24")
        relay = self.relay("239.1.2.3:5000,rate=500,to=ec", lans=[*self.lans, third])
        hears = Ear(c, "e0", "239.1.2.3", 5000)
        speaker = Ear(self.a, "e0", None, 40000)
        speaker.say(b"storm", "239.1.2.3", 5000, ttl=32)
        way = self.way(relay, "ea", "ec", lambda way: way["counters"]["received"] > 2000, 20)
        self.assertLess(way["counters"]["forwarded"], 30)
        # Who is not part of it is carried meanwhile.
        speaker.say(b"calm", "239.1.2.3", 5000, ttl=32)
        hears.hears(b"calm")
        for one in storm:
            one.kill()
        self.assertLess(hears.count(b"storm"), 60)


if __name__ == "__main__":
    foreign_case.main()
