"""Interfaces that come, go and change while nodes run; the application does nothing about it."""

import time
import unittest

import system_case
from system_case import RECOVERY, SystemTest


class Interfaces(SystemTest):
    def resumed(self, probe, peer, start, since):
        """How long after `since` a probe heard its peer again."""
        return probe.event("resumed", peer=peer, start=start)["received"] - since

    def assert_recovers(self, host, controller, marks, since):
        times = (self.resumed(host, "pad", marks[0], since),
                 self.resumed(controller, "tv", marks[1], since))
        print(f"[heard again after {times[0] * 1e3:.0f} and {times[1] * 1e3:.0f} ms] ", end="",
              flush=True)
        self.assertLessEqual(max(times), RECOVERY)
        host.hears("pad", "input", 50)  # and goes on
        controller.hears("tv", "world", 50)

    def test_deleted_and_created_again(self):
        """R5: the new interface has another ifindex and no membership."""
        lan, tv, pad, _ = self.pair()
        host, controller = self.talk(tv, pad)
        host.hears("pad", "input", 50)
        controller.hears("tv", "world", 50)
        for _ in range(3):
            old, marks = pad.index("e0"), (host.mark(), controller.mark())
            pad.ip("link delete e0")
            controller.event("interface-down", index=old, start=marks[1])
            time.sleep(0.3)  # the cut: not a wait for anything
            since = time.time()
            self.net.link(pad, "e0", lan, "10.1.0.2/24")
            self.assertNotEqual(pad.index("e0"), old)
            self.assert_recovers(host, controller, marks, since)
            controller.event("interface-up", index=pad.index("e0"), start=marks[1])
        self.assertEqual(len(host.events("peer-up")), 1)  # the same peer all the time

    def test_down_and_up(self):
        _, tv, pad, _ = self.pair()
        host, controller = self.talk(tv, pad)
        host.hears("pad", "input", 50)
        controller.hears("tv", "world", 50)
        marks = host.mark(), controller.mark()
        pad.ip("link set e0 down")
        controller.event("interface-down", interface="e0", start=marks[1])
        time.sleep(0.3)
        since = time.time()
        pad.ip("link set e0 up")
        self.assert_recovers(host, controller, marks, since)

    def test_address_change(self):
        """R11: the sockets go on; nobody is without messages for long."""
        _, tv, pad, _ = self.pair()
        host, controller = self.talk(tv, pad, "--every-message")
        host.hears("pad", "input", 50)
        controller.hears("tv", "world", 50)
        for old, new in (("10.1.0.2", "10.1.0.77"), ("10.1.0.77", "10.1.0.2")):
            marks = host.mark(), controller.mark()
            pad.ip(f"address delete {old}/24 dev e0", f"address add {new}/24 brd + dev e0")
            host.hears("pad", "input", 100)
            controller.hears("tv", "world", 100)
            for probe, mark in zip((host, controller), marks):
                pauses = probe.pauses(mark)
                self.assertTrue(pauses)
                self.assertLessEqual(max(pauses.values()), RECOVERY, pauses)
            endpoints = controller.interface(controller.stats(), "e0")["endpoints"]
            self.assertTrue(any(one.startswith(new + ":") for one in endpoints), endpoints)
        self.assertEqual(len(host.events("peer-up")), 1)

    def test_interface_that_appears_after_the_start(self):
        lan = self.net.bridge("lan")
        tv, pad = self.net.namespace("tv"), self.net.namespace("pad")
        self.net.link(tv, "e0", lan, "10.1.0.1/24")
        host, controller = self.talk(tv, pad)  # the pad has no interface but lo
        self.assertEqual(controller.stats()["peers"], 0)
        since = time.time()
        self.net.link(pad, "e0", lan, "10.1.0.2/24")
        times = [probe.event("first", peer=peer)["received"] - since
                 for probe, peer in ((host, "pad"), (controller, "tv"))]
        self.assertLessEqual(max(times), RECOVERY)
        controller.event("interface-up", interface="e0")

    def test_second_interface_takes_over(self):
        """A peer on two LANs stays up when one of them is cut."""
        lans = self.net.bridge("lan1"), self.net.bridge("lan2")
        tv, pad = self.net.namespace("tv"), self.net.namespace("pad")
        for number, lan in enumerate(lans, 1):
            self.net.link(tv, f"e{number}", lan, f"10.{number}.0.1/24")
            self.net.link(pad, f"e{number}", lan, f"10.{number}.0.2/24")
        host, controller = self.talk(tv, pad)
        host.hears("pad", "input", 100)
        pad.ip("link delete e1")
        controller.event("interface-down", interface="e1")
        host.hears("pad", "input", 100)
        controller.hears("tv", "world", 100)
        self.assertEqual(host.events("peer-down"), [])
        self.assertEqual(len(host.events("peer-up")), 1)


if __name__ == "__main__":
    system_case.main()
