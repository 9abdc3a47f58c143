#!/usr/bin/env python3
"""Reliable topics over the real kernel: loss by nft, programs that stop, die and come back."""

import re
import signal
import time

import system_case
from system_case import SystemTest, program

COUNT = 20_000


def drop(percent):
    """What the namespace's kernel throws away of all UDP that arrives there."""
    return ("add table inet loss\ndelete table inet loss\ntable inet loss {\n chain input {\n"
            "  type filter hook input priority 0\n"
            f"  meta l4proto udp numgen random mod 100 < {percent} drop\n }}\n}}\n")


class Reliable(SystemTest):
    def lan(self, count):
        """A publisher's host and `count` others on one switch."""
        switch = self.net.bridge("lan")
        hosts = [self.net.namespace(f"host{number}") for number in range(count + 1)]
        for number, host in enumerate(hosts):
            self.net.link(host, "e0", switch, f"10.1.0.{number + 1}/24")
        return hosts

    def subscribe(self, host, *words):
        return host.start([program("MCAST_BIN"), "sub", "log", "--reliable", "--plain", *words])

    def publish(self, host, subscribers, *words, first=1, last=COUNT):
        # Messages of about 60 bytes, so that each is a word of its own on the wire.
        return host.start(["sh", "-c", f"seq -f '%.0f of the lines of this log' {first} {last} | "
                           f"exec {program('MCAST_BIN')} pub log --reliable --wait {subscribers} "
                           + " ".join(words)])

    def lines(self, subscriber):
        return [int(text.split()[0]) for stream, text in subscriber.lines
                if stream == "out" and text[:1].isdigit()]

    def everything_arrives(self, percent):
        sender, *receivers = self.lan(3)
        for host in receivers:
            host.nft(drop(percent))
        subscribers = [self.subscribe(host, "--count", str(COUNT)) for host in receivers]
        publisher = self.publish(sender, 3)
        for subscriber in subscribers:
            self.assertEqual(subscriber.wait(60), 0, subscriber.text())
            self.assertEqual(self.lines(subscriber), list(range(1, COUNT + 1)))
        self.assertEqual(publisher.wait(30), 0, publisher.text())

    def test_everything_arrives_in_order_with_1_percent_dropped(self):
        self.everything_arrives(1)

    def test_everything_arrives_in_order_with_5_percent_dropped(self):
        self.everything_arrives(5)

    def test_everything_arrives_in_order_with_20_percent_dropped(self):
        self.everything_arrives(20)

    def test_who_is_killed_holds_nobody_back_for_long(self):
        sender, one, other = self.lan(2)
        stays, dies = self.subscribe(one, "--count", str(COUNT)), self.subscribe(other)
        publisher = self.publish(sender, 2, "--rate", "10000", "--patience", "300ms")
        dies.line(lambda text: text.startswith("100 "))
        dies.signal(signal.SIGKILL)
        self.assertEqual(stays.wait(30), 0, stays.text())
        self.assertEqual(self.lines(stays), list(range(1, COUNT + 1)))
        publisher.wait(30)

    def test_a_killed_publisher_is_a_gap_that_is_said_or_none(self):
        sender, receiver = self.lan(1)
        receiver.nft(drop(5))
        ledger = receiver.start([program("MCAST_BIN"), "ledger", "log", "--reliable", "--json",
                                 "--duration", "12s"])
        subscriber = self.subscribe(receiver)
        publisher = self.publish(sender, 2, "--rate", "5000")
        subscriber.line(lambda text: text.startswith("1000 "))
        publisher.kill()
        found = ledger.json(lambda line: "streams" in line, within=30)
        self.assertTrue(found["sums"], found)
        got = self.lines(subscriber)
        self.assertEqual(got, list(range(1, len(got) + 1)), "nothing but the tail is missing")

    def test_a_stopped_subscriber_is_let_go_and_told(self):
        sender, *hosts = self.lan(3)
        sleeper = hosts[0].start([program("MCAST_BIN"), "ledger", "log", "--reliable", "--json",
                                  "--duration", "14s"])
        awake = [self.subscribe(host, "--count", str(4 * COUNT)) for host in hosts[1:]]
        publisher = self.publish(sender, 3, "--rate", "20000", "--patience", "300ms",
                                 last=4 * COUNT)
        awake[0].line(lambda text: text.startswith("2000 "))
        sleeper.signal(signal.SIGSTOP)
        for subscriber in awake:
            subscriber.line(lambda text: text.startswith(f"{3 * COUNT} "), within=20,
                            what="the others go on")
        sleeper.signal(signal.SIGCONT)
        for subscriber in awake:
            self.assertEqual(subscriber.wait(30), 0, subscriber.text())
            self.assertEqual(self.lines(subscriber), list(range(1, 4 * COUNT + 1)))
        found = sleeper.json(lambda line: "streams" in line, within=30)
        self.assertTrue(found["sums"], found)
        [stream] = found["streams"]
        self.assertGreater(stream["lost"]["not-held"], 0, found)
        said = "\n".join(text for stream, text in sleeper.lines if stream == "err")
        self.assertIn("no longer waited for", said)
        publisher.wait(30)
        told = "\n".join(text for stream, text in publisher.lines if stream == "err")
        self.assertIn("no longer waited for", told)

    def race(self, sender, hosts, count, sleeper=None):
        """How long it takes until all `hosts` have so many messages, as fast as it goes."""
        subscribers = [host.start([program("MCAST_BIN"), "sub", "log", "--reliable", "--quiet",
                                   "--count", str(count)]) for host in hosts]
        others = [self.subscribe(sleeper, "--quiet")] if sleeper else []
        publisher = sender.start([program("MCAST_BIN"), "pub", "log", "x" * 48, "--reliable",
                                  "--wait", str(len(hosts) + len(others)), "--patience", "300ms",
                                  "--count", str(count)])
        self.net.keep(publisher.kill)
        if others:
            time.sleep(1.5)  # found, and under way
            others[0].signal(signal.SIGSTOP)
        for subscriber in subscribers:
            self.assertEqual(subscriber.wait(60), 0, subscriber.text())
        taken = [float(re.search(r"in ([0-9.]+) s", subscriber.text()).group(1))
                 for subscriber in subscribers]
        for other in others:
            other.signal(signal.SIGCONT)
            other.kill()
        publisher.kill()
        return max(taken)

    def test_who_is_stopped_costs_the_others_their_patience_and_no_more(self):
        sender, *hosts = self.lan(4)
        count = 3_000_000
        alone = self.race(sender, hosts[:3], count)
        beside = self.race(sender, hosts[:3], count, hosts[3])
        print(f"three subscribers: {count / alone / 1e3:.0f} k/s; with a fourth that is stopped: "
              f"{count / beside / 1e3:.0f} k/s in all, {count / (beside - 0.3) / 1e3:.0f} k/s less "
              "its 300 ms of patience", flush=True)
        self.assertGreater(alone / (beside - 0.3), 0.5)


if __name__ == "__main__":
    system_case.main()
