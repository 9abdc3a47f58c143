#!/usr/bin/env python3
"""mcastd between LANs of the real kernel: what works on one LAN works across, once and whole."""

import json
import os
import signal
import time

import file_case
from relay_case import FORWARD, RelayTest
from system_case import main, program

COUNT = 20_000


class Relay(RelayTest):
    def publish(self, host, *words, count=COUNT):
        return host.start(["sh", "-c", f"seq -f '%.0f of the lines of this log' 1 {count} | "
                           f"exec {program('MCAST_BIN')} pub log --wait 1 " + " ".join(words)])

    def subscribe(self, host, *words):
        return self.mcast(host, "sub", "log", "--plain", *words)

    def numbers(self, subscriber):
        return [int(text.split()[0]) for stream, text in subscriber.lines
                if stream == "out" and text[:1].isdigit()]

    def test_peers_are_found_across_and_the_relay_is_named(self):
        self.lans(3)
        pad, attic, tv = self.host("pad", 0), self.host("attic", 0, 1, 2), self.host("tv", 1)
        self.relay(attic)
        listener = self.mcast(tv, "sub", "input", "--name", "tv")
        found = self.peers(pad, "3s")
        self.assertIn("tv", found)
        self.assertIn("attic", found)
        self.assertEqual(found["tv"]["relay"], found["attic"]["id"])
        self.assertEqual({path["hops"] for path in found["tv"]["paths"]}, {1})
        self.assertIsNone(found["attic"]["relay"])
        seen = {peer["name"]: peer for peer in self.view(attic, "peers")["peers"]}
        self.assertEqual((seen["tv"]["interface"], seen["tv"]["hops"]), ("e1", 0))
        listener.stop()

    def test_a_reliable_stream_is_whole_with_loss_on_both_sides(self):
        self.lans()
        pad, attic, tv = self.host("pad", 0), self.host("attic", 0, 1), self.host("tv", 1)
        file_case.lossy(attic, 2)
        file_case.lossy(tv, 5)
        self.relay(attic)
        subscriber = self.subscribe(tv, "--reliable", "--count", str(COUNT))
        publisher = self.publish(pad, "--reliable")
        self.assertEqual(subscriber.wait(60), 0, subscriber.text())
        self.assertEqual(self.numbers(subscriber), list(range(1, COUNT + 1)))
        self.assertEqual(publisher.wait(30), 0, publisher.text())

    def test_a_file_crosses(self):
        self.lans()
        pad, attic, tv = self.host("pad", 0), self.host("attic", 0, 1), self.host("tv", 1)
        file_case.lossy(tv, 2)
        self.relay(attic)
        path = os.path.join(self.folder, "film")
        with open(path, "wb") as file:
            file.write(os.urandom(8 << 20))
        into = os.path.join(self.folder, "into")
        os.mkdir(into)
        receiver = self.mcast(tv, "receive-file", "--into", into)
        sender = self.mcast(pad, "send-file", path, "--receivers", "1")
        self.assertEqual(sender.wait(60), 0, sender.text())
        self.assertEqual(receiver.wait(30), 0, receiver.text())
        self.assertEqual(file_case.digest(os.path.join(into, "film")), file_case.digest(path))

    def test_couch_is_played_across(self):
        self.lans(3)
        tv, attic = self.host("tv", 1), self.host("attic", 0, 1, 2)
        self.relay(attic, FORWARD + '[[domain]]\nname = "couch"\n')
        report = os.path.join(self.folder, "report")
        host = tv.start([program("COUCH"), "host", "--report", report])
        pads = {}
        for number in range(4):
            name = f"pad-{number}"
            namespace = self.host(name, number % 3)  # one of them beside the host
            pads[name] = namespace.start([program("COUCH"), "pad", "--name", name])
        for name in pads:
            host.line(lambda text: f"'{name}'" in text and "is up" in text, what=f"{name} is found")
        time.sleep(4)  # the game
        for pad in pads.values():
            self.assertEqual(pad.stop(), 0)
        host.line(lambda text: "'pad-0'" in text and "is down" in text, what="a bye crosses")
        self.assertEqual(host.stop(), 0)
        with open(report, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        heard = {line["peer"]: line for line in lines
                 if line["event"] == "total" and line["peer"] in pads}
        self.assertEqual(set(heard), set(pads))
        for name, line in heard.items():
            self.assertEqual((line["lost"], line["missed"]), (0, 0), line)
            # The first and the last second are none.
            rates = [other["rate"] for other in lines
                     if other["event"] == "second" and other["peer"] == name]
            self.assertGreaterEqual(max(rates), 114, (name, rates))

    def test_two_in_parallel_make_one_copy_and_one_takes_over(self):
        self.lans()
        pad, tv = self.host("pad", 0), self.host("tv", 1)
        relays = {name: self.host(name, 0, 1) for name in ("attic", "cellar")}
        daemons = {name: self.relay(namespace) for name, namespace in relays.items()}
        subscriber = self.subscribe(tv, "--reliable")
        publisher = self.publish(pad, "--reliable", "--rate", "2000", "--patience", "20s")
        subscriber.line(lambda text: text.startswith("4000 "), within=20)
        carries = {name: self.forwarded(namespace) for name, namespace in relays.items()}
        elected = max(carries, key=carries.get)
        other = min(carries, key=carries.get)
        self.assertGreater(carries[elected], 500, carries)
        self.assertLess(carries[other], 100, carries)
        before = len(self.numbers(subscriber))
        killed = time.monotonic()
        daemons[elected].kill()
        gap = self.gap_after(subscriber, before)
        print(f"one of two relays killed: {gap * 1000:.0f} ms until the next message", flush=True)
        self.assertLess(time.monotonic() - killed, 30)
        self.assertLess(gap, 3)
        publisher.wait(30)
        subscriber.line(lambda text: text.startswith(f"{COUNT} "), within=30)
        self.assertEqual(self.numbers(subscriber), list(range(1, COUNT + 1)), "nothing is lost")

    def gap_after(self, subscriber, before):
        """The longest pause between messages that come from now on, for some seconds."""
        longest, last, count = 0, time.monotonic(), before
        end = last + 4
        while time.monotonic() < end:
            time.sleep(0.002)
            now, there = time.monotonic(), len(subscriber.lines)
            if there != count:
                longest, last, count = max(longest, now - last), now, there
        return longest

    def forwarded(self, namespace):
        return sum(route["forwarded"]["datagrams"] for route in self.view(namespace)["routes"])

    def test_a_ring_is_quiet_when_nobody_speaks(self):
        self.lans(3)
        pad, tv = self.host("pad", 0), self.host("tv", 1)
        ring = [self.host("a", 0, 1), self.host("b", 1, 2), self.host("c", 2, 0)]
        for namespace in ring:
            self.relay(namespace)
        subscriber = self.subscribe(tv, "--reliable", "--count", "5000")
        publisher = self.publish(pad, "--reliable", count=5000)
        self.assertEqual(subscriber.wait(40), 0, subscriber.text())
        publisher.wait(20)
        self.assertEqual(self.numbers(subscriber), list(range(1, 5001)))
        time.sleep(1)
        before = [self.forwarded(namespace) for namespace in ring]
        time.sleep(2)
        more = [self.forwarded(namespace) - was for namespace, was in zip(ring, before)]
        self.assertLess(max(more), 100, "announcements of seven nodes, nothing that goes round")

    def test_reloads_lose_nothing_and_a_bad_file_changes_nothing(self):
        self.lans()
        pad, attic, tv = self.host("pad", 0), self.host("attic", 0, 1), self.host("tv", 1)
        daemon = self.relay(attic)
        reloads = int(os.environ.get("MCAST_RELOADS", "200"))
        count = max(COUNT, 60 * reloads)  # as long as they take
        subscriber = self.subscribe(tv, "--count", str(count))
        publisher = self.publish(pad, "--rate", "4000", "--express", count=count)
        subscriber.line(lambda text: text.startswith("100 "), within=20)
        for number in range(reloads):
            rule = f'[[rule]]\ntopic = "secret-{number}"\naction = "drop"\n' if number % 2 else ""
            bad = number % 10 == 9
            limits = f'[limits]\nmemory = "{64 + number % 3}M"\n'
            self.config("attic", f'name = "attic"\nhops_max = {4 + number % 3}\n' + FORWARD + rule +
                        limits + ("interfaecs = 7\n" if bad else ""))
            daemon.signal(signal.SIGHUP)
            time.sleep(0.01)
        self.assertEqual(subscriber.wait(60), 0, subscriber.text())
        self.assertEqual(self.numbers(subscriber), list(range(1, count + 1)))
        publisher.wait(20)
        loaded = self.view(attic)["config"]
        print(f"{loaded['reloads']} reloads, {loaded['reloads_refused']} refused, nothing lost",
              flush=True)
        self.assertGreater(loaded["reloads"], 10)
        self.assertGreater(loaded["reloads_refused"], 0)

    def test_killed_and_started_again_it_serves_within_a_second(self):
        self.lans()
        pad, attic, tv = self.host("pad", 0), self.host("attic", 0, 1), self.host("tv", 1)
        daemon = self.relay(attic)
        subscriber = self.subscribe(tv, "--reliable")
        publisher = self.publish(pad, "--reliable", "--rate", "2000", "--patience", "20s")
        subscriber.line(lambda text: text.startswith("1000 "), within=20)
        daemon.kill()
        before = len(self.numbers(subscriber))
        started = time.monotonic()
        self.relay(attic)
        serving = time.monotonic() - started
        gap = self.gap_after(subscriber, before)
        print(f"killed and started again: ready after {serving * 1000:.0f} ms, "
              f"{gap * 1000:.0f} ms without a message", flush=True)
        self.assertLess(serving, 1)
        publisher.wait(40)
        subscriber.line(lambda text: text.startswith(f"{COUNT} "), within=30)
        self.assertEqual(self.numbers(subscriber), list(range(1, COUNT + 1)))

    def test_clients_that_an_access_point_keeps_apart_meet(self):
        self.lans(1)
        pad, tv, attic = self.host("pad", 0), self.host("tv", 0), self.host("attic", 0)
        self.isolate(0, "pad", "tv")
        self.relay(attic, FORWARD + 'reflect = ["e0"]\n')
        subscriber = self.subscribe(tv, "--reliable", "--count", "2000")
        publisher = self.publish(pad, "--reliable", count=2000)
        self.assertEqual(subscriber.wait(40), 0, subscriber.text())
        self.assertEqual(self.numbers(subscriber), list(range(1, 2001)))
        publisher.wait(20)

    def test_an_empty_configuration_relays_nothing_and_shows_what_it_sees(self):
        self.lans()
        pad, attic, tv = self.host("pad", 0), self.host("attic", 0, 1), self.host("tv", 1)
        self.relay(attic, "")
        listener = self.mcast(tv, "sub", "input", "--name", "tv")
        self.assertNotIn("tv", self.peers(pad, "2s"))
        self.assertIn("tv", [peer["name"] for peer in self.view(attic, "peers")["peers"]])
        self.assertEqual(self.forwarded(attic), 0)
        listener.stop()


if __name__ == "__main__":
    main()
