#!/usr/bin/env python3
"""`mcast` at work on loopback: values from one command to another, round trips, who is there."""

import os
import pty
import re
import select
import signal
import subprocess
import time

import cli_case
from cli_case import GAME

INPUT = ["--schema", f"{GAME}:Input"]


class Values(cli_case.CliTest):
    def test_text_and_json_arrive_as_readable_fields(self):
        sub, pub = self.round_trip(
            ["input", *INPUT, "--count", "2"],
            ["input", *INPUT, "--name", "pad-1", "(x = 1.5, y=-2, name = \"Grün\", mode = run)",
             '{"x": 2, "inner": {"a": 7}}'])
        self.assertEqual(sub.lines, [
            'pad-1/lo: (x = 1.5, y = -2, name = "Grün", big = 0, mode = run)',
            "pad-1/lo: (x = 2, y = 0, big = 0, mode = idle, inner = (a = 7))"])
        self.assertIn("mcast: 2 messages from 1 peer", sub.err)
        self.assertIn("lost 0 datagrams (0 %)", sub.err)
        self.assertRegex(pub.err, r"mcast: published 2 messages \(\d+ bytes\) to 1 listener\n")
        self.assertEqual(pub.out, "")

    def test_json_has_where_a_message_comes_from(self):
        sub, pub = self.round_trip(
            ["input", *INPUT, "--count", "1", "--json"],
            ["input", *INPUT, "--name", "pad-1", "--json", "(x = 1, list = [3])"])
        [message] = sub.objects
        self.assertEqual(message["value"],
                         {"x": 1, "y": 0, "big": "0", "mode": "idle", "list": [3]})
        self.assertEqual(message["peer"]["name"], "pad-1")
        self.assertRegex(message["peer"]["id"], r"^[0-9a-f]{16}$")
        self.assertEqual(message["interface"], "lo")
        self.assertIsInstance(message["sequence"], int)
        self.assertRegex(message["sent_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
        self.assertLess(message["sent_at"], message["received_at"])
        self.assertGreater(message["latency_us"], 0)
        [summary] = pub.objects
        self.assertEqual((summary["published"], summary["listeners"], summary["unheard"]),
                         (1, 1, 0))

    def test_a_nested_struct(self):
        schema = ["--schema", f"{GAME}:Input.Inner"]
        sub, _ = self.round_trip(["x", *schema, "--count", "1", "--plain"],
                                 ["x", *schema, "(a = 5)"])
        self.assertEqual(sub.lines, ["(a = 5)"])

    def test_bytes_are_text_if_they_can_be_shown(self):
        sub, _ = self.round_trip(
            ["greetings", "--count", "4", "--plain"],
            ["greetings", "hello", "wörld", "[1,2]", "\x1b[2Jboo"])
        self.assertEqual(sub.lines, ["hello", "wörld", "[1,2]", "0x1b5b324a626f6f"])

    def test_bytes_as_json(self):
        sub, _ = self.round_trip(["greetings", "--count", "2", "--json"],
                                 ["greetings"], text=b"hello\n\xff\x00\n")
        text, raw = sub.objects
        self.assertEqual(text["value"], "hello")
        self.assertEqual(raw["hex"], "ff00")
        self.assertNotIn("value", raw)

    def test_lines_of_standard_input(self):
        sub, pub = self.round_trip(["log", "--count", "3", "--plain"], ["log", "-"],
                                   text="one\n\nthree")
        self.assertEqual(sub.lines, ["one", "", "three"])
        self.assertIn("published 3 messages", pub.err)

    def test_a_wrong_line_of_standard_input_ends_it_with_its_number(self):
        subscriber = self.start("sub", "input", *INPUT, "--count", "1", "--plain")
        published = self.mcast("pub", "input", *INPUT, text="(x = 1)\n\n(z = 1)\n(x = 2)\n")
        self.assertEqual(published.code, 1, published)
        self.assertIn("standard input, line 3: value '(z = 1)' of Input: column 2", published.err)
        self.assertIn("published 1 message ", published.err)
        self.assertEqual(len(self.succeeds(subscriber.end()).lines), 1)

    def test_another_type_without_schema_is_bytes_with_a_hint(self):
        sub, _ = self.round_trip(["input", "--count", "1"], ["input", *INPUT, "(x = 1)"])
        self.assertRegex(sub.out, r": \[type 0x[0-9a-f]{16}, \d+ bytes\] 00000000")
        self.assertIn("--schema FILE.capnp:Struct shows their fields", sub.err)

    def test_a_message_larger_than_a_datagram(self):
        text = "x" * 50_000
        sub, _ = self.round_trip(["large", "--count", "1", "--plain"], ["large"], text=text)
        self.assertEqual(sub.lines, [text])

    def test_a_message_beyond_the_limit_is_an_error(self):
        self.start("sub", "large")
        published = self.mcast("pub", "large", text="x" * 1_100_000)
        self.assertEqual(published.code, 1, published)
        self.assertIn("standard input, line 1: a message of 1100", published.err)
        self.assertIn("more than the limit of 1048576", published.err)

    def test_rate_and_count(self):
        began = time.monotonic()
        sub, pub = self.round_trip(
            ["tick", "--count", "10", "--quiet", "--json"],
            ["tick", "a", "b", "--rate", "50", "--count", "10", "--express"])
        self.assertGreater(time.monotonic() - began, 9 / 50)
        [summary] = sub.objects
        summary = summary["summary"]
        self.assertEqual((summary["messages"], summary["peers"], summary["lost"]), (10, 1, 0))
        self.assertLess(summary["rate"], 70)
        self.assertLessEqual(summary["latency_us"]["p50"], summary["latency_us"]["max"])
        self.assertIn("published 10 messages", pub.err)

    def test_rate_goes_on_until_the_end_of_duration(self):
        published = self.succeeds(self.mcast("pub", "tick", "a", "--rate", "50", "--wait", "0",
                                             "--duration", "500ms", "--json"))
        [summary] = published.objects
        self.assertGreater(summary["unheard"], 1)
        self.assertLessEqual(summary["unheard"], 26)

    def test_latest_on_both_sides(self):
        sub, _ = self.round_trip(["state", "--count", "1", "--plain", "--latest"],
                                 ["state", "--latest", "now"])
        self.assertEqual(sub.lines, ["now"])


class Nobody(cli_case.CliTest):
    def fails(self, outcome, *parts):
        self.assertEqual(outcome.code, 1, outcome)
        for part in parts:
            self.assertIn(part, outcome.err)

    def test_nobody_at_all(self):
        self.fails(self.mcast("pub", "x", "hello", "--wait-timeout", "1s"),
                   "waiting for 1 subscriber of topic 'x'", "no other node was heard on lo",
                   "--wait 0")

    def test_somebody_with_other_topics(self):
        self.start("sub", "other", "--name", "pad-1")
        self.fails(self.mcast("pub", "x", "hello", "--wait-timeout", "3s"),
                   "1 peer heard", "(pad-1)", "subscribes to topic 'x'", "mcast peers")

    def test_another_type_is_named(self):
        self.start("sub", "x", *INPUT, "--name", "pad-1")
        self.fails(self.mcast("pub", "x", "hello", "--wait-timeout", "3s"), "pad-1",
                   "type @0x", "same --schema")

    def test_another_delivery_is_named_but_no_hindrance(self):
        self.start("sub", "x", *INPUT, "--name", "pad-1")
        published = self.succeeds(self.mcast("pub", "x", "(x = 1)", *INPUT, "--latest"))
        self.assertEqual(published.err.count("peer 'pad-1' subscribes to"), 1, published)
        self.assertIn("best-effort", published.err)
        self.assertIn("to 1 listener", published.err)

    def test_count_that_was_not_reached_fails(self):
        self.fails(self.mcast("sub", "x", "--count", "1", "--duration", "500ms"),
                   "0 messages", "nothing was received: no other node")


class Signals(cli_case.CliTest):
    def test_both_end_it_with_the_summary(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                subscriber = self.start("sub", "x", "--plain")
                publisher = self.start("pub", "x", "a", "--rate", "100")
                subscriber.until("a\n")
                published = self.succeeds(publisher.end(number))
                self.assertRegex(published.err, r"published \d+ messages?")
                self.assertRegex(self.succeeds(subscriber.end(number)).err,
                                 r"mcast: \d+ messages? from 1 peer")


class Ping(cli_case.CliTest):
    def test_round_trips_and_a_histogram(self):
        self.start("sub", "x", "--name", "tv")
        outcome = self.succeeds(self.mcast("ping", "tv", "--count", "5", "--interval", "20ms"))
        pongs = [line for line in outcome.lines if line.startswith("pong from tv (")]
        self.assertEqual(len(pongs), 5, outcome)
        self.assertRegex(pongs[0], r"\([0-9a-f]{16}\): seq=1 time=[\d.]+ (ns|µs|ms|s)$")
        self.assertIn("--- tv: 5 pings, 5 answers, 0 % lost", outcome.lines)
        self.assertRegex(outcome.out, r"min .* p50 .* p99 .* max ")
        marks = re.findall(r"^ +< [\d.]+ (?:µs|ms|s)  #* ?(\d+)$", outcome.out, re.MULTILINE)
        self.assertEqual(sum(map(int, marks)), 5, outcome)

    def test_json_has_the_buckets(self):
        self.start("sub", "x", "--name", "tv")
        objects = self.succeeds(self.mcast("ping", "t*", "--count", "3", "--interval", "10ms",
                                           "--json")).objects
        self.assertEqual([pong["sequence"] for pong in objects[:-1]], [1, 2, 3])
        summary = objects[-1]["summary"]
        self.assertEqual((summary["sent"], summary["received"], summary["lost"]), (3, 3, 0))
        self.assertEqual(sum(bucket["count"] for bucket in summary["buckets"]), 3)
        for bucket in summary["buckets"]:
            self.assertLess(bucket["from_us"], bucket["to_us"])
        self.assertLessEqual(summary["min_us"], summary["p50_us"])

    def test_by_the_beginning_of_an_id(self):
        self.start("sub", "x", "--name", "tv")
        pong = self.succeeds(self.mcast("ping", "tv", "--count", "1", "--json")).objects[0]
        other = self.succeeds(self.mcast("ping", pong["id"][:6], "--count", "1", "--json"))
        self.assertEqual(other.objects[0]["id"], pong["id"])

    def test_an_unknown_peer_names_those_that_are_there(self):
        self.start("sub", "x", "--name", "living-room")
        outcome = self.mcast("ping", "livingroom", "--wait-timeout", "3s")
        self.one_sentence(outcome, 1, "no peer 'livingroom'", "did you mean 'living-room'?")

    def test_interrupt_prints_the_summary(self):
        self.start("sub", "x", "--name", "tv")
        ping = self.start("ping", "tv", "--interval", "10ms")
        ping.until("seq=3 ")
        self.assertIn("--- tv: ", self.succeeds(ping.end(signal.SIGINT)).out)

    def test_a_peer_that_leaves_is_lost(self):
        peer = self.start("sub", "x", "--name", "tv")
        ping = self.start("ping", "tv", "--interval", "10ms")
        ping.until("seq=3 ")
        peer.end(signal.SIGTERM)
        ping.until("lost tv: ")
        outcome = ping.end(signal.SIGINT)
        self.assertNotIn(" 0 % lost", outcome.out)


class Peers(cli_case.CliTest):
    def test_a_second_node_with_its_topics_and_paths(self):
        self.start("sub", "input", *INPUT, "--name", "tv")
        self.start("pub", "greetings", "hello", "--name", "pad", "--latest", "--wait-timeout", "20s")
        outcome = self.succeeds(self.mcast("peers", "--duration", "4s"))
        self.assertRegex(outcome.lines[0], r"^NAME +ID +STATE +ROUND TRIP +PATHS +TOPICS$")
        self.assertRegex(outcome.out, r"\ntv +[0-9a-f]{16} +up .* lo \w+ .*sub input \(0x[0-9a-f]+")
        self.assertRegex(outcome.out, r"\npad +[0-9a-f]{16} +up .*pub greetings \(Bytes, latest\)")
        self.assertRegex(outcome.out, r"[\d.]+ (µs|ms)")

    def test_json(self):
        self.start("sub", "x", "--name", "tv\"\\")
        [found] = self.succeeds(self.mcast("peers", "--json")).objects
        self.assertEqual(found["domain"], self.domain)
        [peer] = found["peers"]
        self.assertEqual((peer["name"], peer["state"]), ("tv\"\\", "up"))
        self.assertEqual([(topic["name"], topic["type"], topic["subscribes"], topic["publishes"])
                          for topic in peer["topics"]], [("x", "any", True, False)])
        self.assertGreater(peer["round_trip_us"], 0)
        self.assertEqual({path["interface"] for path in peer["paths"]}, {"lo"})
        self.assertEqual(sum(path["active"] for path in peer["paths"]), 1)

    def test_nobody(self):
        outcome = self.succeeds(self.mcast("peers", "--duration", "300ms"))
        self.assertEqual(outcome.out, "")
        self.assertIn("no peers: no other node was heard on lo", outcome.err)
        self.assertEqual(self.succeeds(self.mcast("peers", "--duration", "300ms", "--json"))
                         .objects[0]["peers"], [])

    def test_a_static_peer_by_unicast_alone(self):
        self.start("sub", "x", "--name", "tv", "--ipv4-only")
        [found] = self.succeeds(self.mcast("peers", "--json", "--ipv4-only", "--duration", "3s",
                                           "--peer", "127.0.0.1")).objects
        self.assertIn("tv", [peer["name"] for peer in found["peers"]])

    def test_watch_prints_who_comes_and_goes(self):
        watcher = self.start("peers", "--watch")
        peer = self.start("sub", "x", "--name", "tv")
        watcher.until("is up")
        peer.end(signal.SIGTERM)
        watcher.until("is down")
        self.assertIn("'tv'", self.succeeds(watcher.end(signal.SIGINT)).out)


class Interfaces(cli_case.CliTest):
    def test_loopback_is_used_and_others_are_not(self):
        outcome = self.succeeds(self.mcast("interfaces"))
        rows = {line.split()[1]: line for line in outcome.lines if line.startswith("#")}
        self.assertIn("in use: ", rows["lo"])
        for name, row in rows.items():
            if name != "lo":
                self.assertIn("not eligible: ", row)
        self.assertRegex(outcome.out, r"\nlo:\n  joined   239\.255\.\d+\.\d+:")
        self.assertIn("\ntransport socket:\n", outcome.out)

    def test_json(self):
        [found] = self.succeeds(self.mcast("interfaces", "--json", "--duration", "1s")).objects
        by_name = {interface["name"]: interface for interface in found["interfaces"]}
        loopback = by_name["lo"]
        self.assertTrue(loopback["eligible"] and loopback["attached"])
        self.assertEqual(loopback["kind"], "loopback")
        self.assertIn("127.0.0.1", [address["address"] for address in loopback["addresses"]])
        self.assertTrue(all(f":{self.port}" in group for group in loopback["groups"]))
        self.assertGreater(loopback["counters"]["sent_datagrams"], 0)
        self.assertEqual(found["transport"]["name"], "socket")
        for name, interface in by_name.items():
            if name != "lo":
                self.assertFalse(interface["eligible"])
                self.assertTrue(interface["reason"])


class OnATerminal(cli_case.CliTest):
    def test_a_live_line_of_rate_latency_and_loss(self):
        controller, terminal = pty.openpty()
        live = subprocess.Popen(self.arguments("sub", "x", "--duration", "4s"),
                                         stdin=terminal, stdout=terminal, stderr=terminal)
        os.close(terminal)
        self.addCleanup(os.close, controller)
        self.addCleanup(live.wait)
        self.start("pub", "x", "hello", "--rate", "50", "--name", "pad")
        seen, deadline = b"", time.monotonic() + cli_case.PATIENCE
        while time.monotonic() < deadline and select.select([controller], [], [], 5)[0]:
            try:
                seen += os.read(controller, 65536)
            except OSError:  # a terminal without a process: the end
                break
        text = seen.decode()
        self.assertRegex(text, r"\r\d+ messages?  [\d.]+/s  latency p50 [\d.]+ .s p99 .*lost 0 \(0 %\)")
        self.assertIn("pad/lo: hello\r\n", text)
        # The line is taken away before a message is printed, and at the end.
        self.assertIn("\r\x1b[Kpad/lo: hello", text)
        self.assertRegex(text.splitlines()[-1], r"mcast: \d+ messages from 1 peer")


if __name__ == "__main__":
    cli_case.main()
