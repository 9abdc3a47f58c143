"""Who finds whom: VPNs, several LANs, one machine, domains, IPv6 alone, blocked multicast."""

import socket
import unittest

import system_case
from lab import Timeout
from system_case import PORTS, SystemTest, program


class Discovery(SystemTest):
    def assert_whole(self, stream):
        """Each message from the first to the last one came, once."""
        self.assertEqual(stream["missing"], 0, stream)
        self.assertEqual(stream["repeated"], 0, stream)
        self.assertEqual(stream["count"], stream["last"] - stream["first"] + 1, stream)

    def test_vpn_with_the_default_route_gets_nothing(self):
        """R1: a tun interface with the default route takes no datagram away from the LAN."""
        _, tv, pad, _ = self.pair()
        tun = tv.tunnel("tun0", "10.9.0.1/24")
        tv.ip("route add default dev tun0")
        # The trap works: a program that leaves the choice to the routing table goes into the tun.
        naive = tv.socket(socket.AF_INET, socket.SOCK_DGRAM)
        naive.sendto(b"naive", ("239.255.1.1", 7400))
        self.assertEqual([payload for *_, payload in tun.datagrams()], [b"naive"])
        tun.packets.clear()

        host, controller = self.talk(tv, pad)
        for stream in (host.hears("pad", "input", 200), controller.hears("tv", "world", 200)):
            self.assertEqual(list(stream["interfaces"]), ["e0"])
            self.assert_whole(stream)
        tunnel = host.interface(host.stats(), "tun0")
        self.assertFalse(tunnel["eligible"], tunnel)
        self.assertFalse(tunnel["attached"], tunnel)
        for running in (host, controller):
            self.assertEqual(running.process.stop(), 0)
        self.assertEqual(tun.datagrams(), [])

    def test_container_bridge_gets_nothing(self):
        _, tv, pad, _ = self.pair()
        container = self.net.namespace("container")
        tv.ip("link add docker0 type bridge", "address add 172.17.0.1/16 dev docker0",
              f"link add veth1 type veth peer name eth0 netns {container.path}",
              "link set veth1 master docker0 up", "link set docker0 up")
        container.ip("link set eth0 up", "address add 172.17.0.2/16 dev eth0")
        capture = container.capture("eth0")
        host, controller = self.talk(tv, pad)
        host.hears("pad", "input", 100)
        controller.hears("tv", "world", 100)
        self.assertFalse(host.interface(host.stats(), "docker0")["eligible"])
        self.assertEqual(capture.datagrams(PORTS), [])

    def test_two_nodes_on_one_machine(self):
        """They hear each other and somebody on the LAN, through unicast ports of their own."""
        _, tv, pad, _ = self.pair()
        one = self.probe(tv, "one", "--publish", "a", "--subscribe", "b", "--subscribe", "c")
        two = self.probe(tv, "two", "--publish", "b", "--subscribe", "a", "--subscribe", "c")
        far = self.probe(pad, "far", "--publish", "c", "--subscribe", "a", "--subscribe", "b")
        for listener, peer, topic in ((one, "two", "b"), (two, "one", "a"), (one, "far", "c"),
                                      (two, "far", "c"), (far, "one", "a"), (far, "two", "b")):
            self.assert_whole(listener.hears(peer, topic, 50))
        for listener in (one, two, far):  # never itself
            self.assertEqual(listener.events("peer-up", peer=listener.name), [])
        endpoints = [set(probe.interface(probe.stats(), "e0")["endpoints"]) for probe in (one, two)]
        self.assertTrue(endpoints[0] and endpoints[1], endpoints)
        self.assertFalse(endpoints[0] & endpoints[1], endpoints)

    def test_loopback_when_there_is_nothing_else(self):
        alone = self.net.namespace("alone")
        host, controller = self.talk(alone, alone)
        self.assertEqual(list(host.hears("pad", "input")["interfaces"]), ["lo"])
        self.assertEqual(list(controller.hears("tv", "world")["interfaces"]), ["lo"])

    def test_two_domains_on_one_group(self):
        """Two domains with one multicast group: neither finds nor hears the other."""
        lan, tv, pad, _ = self.pair()
        third, fourth = self.net.namespace("third"), self.net.namespace("fourth")
        self.net.link(third, "e0", lan, "10.1.0.3/24")
        self.net.link(fourth, "e0", lan, "10.1.0.4/24")
        first_domain, second_domain = tv.run(program("SAME_GROUP")).split()
        both = "--publish", "a", "--subscribe", "b", "--no-ipv6"
        back = "--publish", "b", "--subscribe", "a", "--no-ipv6"
        ones = (self.probe(tv, "tv", *both, "--domain", first_domain),
                self.probe(pad, "pad", *back, "--domain", first_domain))
        others = (self.probe(third, "third", *both, "--domain", second_domain),
                  self.probe(fourth, "fourth", *back, "--domain", second_domain))
        for left, right in (ones, others):
            left.hears(right.name, "b", 150)
            right.hears(left.name, "a", 150)
        for mine, foreign in ((ones, others), (others, ones)):
            for listener in mine:
                stats = listener.stats(lambda stats: stats["dropped"].get("other-domain", 0) > 0,
                                       what="dropped what the other domain says on the same group")
                self.assertEqual(stats["peers"], 1)
                for probe in foreign:
                    self.assertEqual(listener.events("peer-up", peer=probe.name), [])

    def test_ipv6_only(self):
        lan = self.net.bridge("lan")
        tv, pad = self.net.namespace("tv"), self.net.namespace("pad")
        for namespace in (tv, pad):
            self.net.link(namespace, "e0", lan)  # the kernel gives it its link-local address
            self.assertNotIn("inet ", namespace.run("ip", "address", "show", "dev", "e0"))
        host, controller = self.talk(tv, pad)
        # Duplicate address detection takes up to two seconds before the address can be used.
        self.assert_whole(host.hears("pad", "input", 100, within=8))
        self.assert_whole(controller.hears("tv", "world", 100, within=8))
        endpoints = host.interface(host.stats(), "e0")["endpoints"]
        self.assertTrue(endpoints and all(one.startswith("[fe80:") for one in endpoints), endpoints)

    def test_two_lans(self):
        """A host between two LANs finds the pads of both; they do not find each other."""
        lans = self.net.bridge("lan1"), self.net.bridge("lan2")
        tv = self.net.namespace("tv")
        pads = self.net.namespace("pad-1"), self.net.namespace("pad-2")
        for number, (lan, pad) in enumerate(zip(lans, pads), 1):
            self.net.link(tv, f"e{number}", lan, f"10.{number}.0.1/24")
            self.net.link(pad, "e0", lan, f"10.{number}.0.2/24")
        host = self.probe(tv, "tv", "--publish", "world", "--subscribe", "input")
        controllers = [self.probe(pad, pad.name, "--publish", "input", "--subscribe", "world")
                       for pad in pads]
        for number, controller in enumerate(controllers, 1):
            stream = host.hears(controller.name, "input", 100)
            self.assert_whole(stream)
            self.assertEqual(list(stream["interfaces"]), [f"e{number}"])
            self.assert_whole(controller.hears("tv", "world", 100))
            self.assertEqual(len(host.events("peer-up", peer=controller.name)), 1)
            self.assertEqual(len(controller.events("peer-up")), 1)

    def test_one_peer_on_two_interfaces(self):
        """Two machines with two LANs in common: one peer-up, every message once."""
        lans = self.net.bridge("lan1"), self.net.bridge("lan2")
        tv, pad = self.net.namespace("tv"), self.net.namespace("pad")
        for number, lan in enumerate(lans, 1):
            self.net.link(tv, f"e{number}", lan, f"10.{number}.0.1/24")
            self.net.link(pad, f"e{number}", lan, f"10.{number}.0.2/24")
        host, controller = self.talk(tv, pad)
        self.assert_whole(host.hears("pad", "input", 300, within=8))
        self.assert_whole(controller.hears("tv", "world", 300, within=8))
        self.assertEqual(len(host.events("peer-up")), 1)
        self.assertEqual(len(controller.events("peer-up")), 1)

    def test_static_peer_where_multicast_is_blocked(self):
        """R2 and worse: neither multicast nor broadcast passes; a static peer works by unicast."""
        _, tv, pad, _ = self.pair()
        for namespace in (tv, pad):
            namespace.nft("table inet block { chain in { type filter hook input priority 0; "
                          "meta pkttype { multicast, broadcast } meta l4proto udp drop; }; }")
        host = self.probe(tv, "tv", "--publish", "world", "--subscribe", "input")
        lost = self.probe(pad, "lost", "--publish", "input", "--subscribe", "world")
        with self.assertRaises(Timeout):  # the block is real
            lost.event("peer-up", within=2.5)
        self.assertEqual(lost.process.stop(), 0)
        controller = self.probe(pad, "pad", "--publish", "input", "--subscribe", "world",
                                "--peer", "10.1.0.1")
        self.assert_whole(controller.hears("tv", "world", 100))
        self.assert_whole(host.hears("pad", "input", 100))


if __name__ == "__main__":
    system_case.main()
