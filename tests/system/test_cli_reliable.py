#!/usr/bin/env python3
"""Reliable topics at the command line, on loopback: who has everything, and the ledger."""

import signal
import subprocess

import cli_case

LINES = [f"line {number}" for number in range(3000)]


class Reliable(cli_case.CliTest):
    def test_all_lines_arrive_in_order_and_the_publisher_knows(self):
        sub, pub = self.round_trip(
            ["log", "--reliable", "--count", str(len(LINES)), "--plain"],
            ["log", "--reliable", "--json"], text="\n".join(LINES))
        self.assertEqual(sub.lines, LINES)
        [summary] = pub.objects
        self.assertEqual(summary["acknowledged"], summary["newest"])
        [receiver] = summary["receivers"]
        self.assertEqual((receiver["lacking"], receiver["lost"]), (0, 0))

    def test_the_publisher_says_that_all_have_everything(self):
        _, pub = self.round_trip(["log", "--reliable", "--count", "1"], ["log", "--reliable", "a"])
        self.assertIn("0 datagrams sent again, it has everything", pub.err)

    def test_who_comes_late_gets_the_history(self):
        publisher = self.start("pub", "log", "--reliable", "--history", "3", "--wait", "0",
                               stdin=subprocess.PIPE)
        publisher.process.stdin.write("\n".join(LINES[:5]).encode() + b"\n")
        publisher.process.stdin.flush()
        self.assertEqual(self.succeeds(self.mcast("sub", "log", "--reliable", "--plain",
                                                  "--count", "3")).lines, LINES[2:5])
        publisher.process.stdin.close()
        self.succeeds(publisher.end())

    def test_without_reliable_it_is_best_effort_with_a_hint(self):
        sub, _ = self.round_trip(["log", "--count", "1", "--plain"],
                                 ["log", "--reliable", "--name", "pad", "hello"])
        self.assertEqual(sub.lines, ["hello"])
        self.assertIn("pad publishes 'log' reliably; --reliable asks for what is lost", sub.err)

    def test_a_stopped_subscriber_is_named_and_the_others_go_on(self):
        sleeper = self.start("sub", "log", "--reliable", "--name", "sleeper")
        awake = self.start("sub", "log", "--reliable", "--name", "awake", "--quiet",
                           "--count", "40000")
        # Both are there before one of them is stopped.
        published = self.start("pub", "log", "--reliable", "--wait", "2", "--rate", "20000",
                               "--count", "40000", "--patience", "50ms", *["x" * 500] * 2)
        sleeper.until("x" * 500)
        sleeper.process.send_signal(signal.SIGSTOP)
        try:
            self.assertIn("0 datagrams (0 %)", self.succeeds(awake.end()).err)
            outcome = published.end()
        finally:
            sleeper.process.send_signal(signal.SIGCONT)
        self.assertEqual(outcome.code, 1, outcome)
        self.assertIn("not everything arrived", outcome.err)
        self.assertRegex(outcome.err, r"sleeper \([0-9a-f]{16}\) .*lacks the last \d+ datagrams")

    def test_parity_is_published_and_does_no_harm(self):
        sub, _ = self.round_trip(
            ["log", "--reliable", "--count", str(len(LINES)), "--plain"],
            ["log", "--reliable", "--parity", "16+2"], text="\n".join(LINES))
        self.assertEqual(sub.lines, LINES)

    def test_wrong_combinations_are_one_sentence(self):
        for words in (["sub", "x", "--reliable", "--latest"], ["sub", "x", "--deadline", "1s"],
                      ["pub", "x", "y", "--patience", "1s"],
                      ["pub", "x", "y", "--reliable", "--parity", "16-2"],
                      ["pub", "x", "y", "--parity", "16+2"],
                      ["pub", "x", "y", "--reliable", "--latest"]):
            with self.subTest(words=words):
                self.one_sentence(self.plain(*words), 2, f"mcast {words[0]} --help")


class Ledger(cli_case.CliTest):
    def test_it_sums(self):
        for words in (["--reliable"], []):
            with self.subTest(words=words):
                ledger = self.start("ledger", "log", "--json", "--duration", "4s", *words)
                publisher = self.start("pub", "log", "--reliable", "--name", "pad", *LINES[:9],
                                       "--rate", "500")
                [found] = self.succeeds(ledger.end()).objects
                publisher.kill()
                [stream] = found["streams"]
                self.assertTrue(found["sums"] and stream["sums"])
                self.assertEqual(stream["sent"], stream["newest"] - stream["first"] + 1)
                self.assertEqual(stream["sent"],
                                 stream["delivered"] + stream["waiting"] + stream["missing"]
                                 + sum(stream["lost"].values()))
                self.assertGreater(stream["delivered"], 10)
                self.assertEqual((stream["name"], stream["topic"]), ("pad", "log"))
                self.assertEqual(stream["delivery"], "reliable" if words else "best-effort")

    def test_a_table_for_people(self):
        ledger = self.start("ledger", "log", "--reliable")
        self.succeeds(self.mcast("pub", "log", "--reliable", "--name", "pad", "a"))
        outcome = self.succeeds(ledger.end(signal.SIGTERM))
        self.assertRegex(outcome.lines[0], r"^PUBLISHER +DELIVERY +FIRST +NEWEST +SENT +DELIVERED ")
        self.assertRegex(outcome.lines[1], r"^pad +reliable +1 +1 +1 +1 +0 +0 +0 ")
        self.assertIn("it sums", outcome.lines[-1])

    def test_nobody_is_said(self):
        outcome = self.succeeds(self.mcast("ledger", "log", "--duration", "500ms"))
        self.assertIn("no stream: no other node was heard on lo", outcome.err)

    def test_peers_shows_the_streams_of_a_topic(self):
        self.start("pub", "tick", "now", "--rate", "50", "--wait", "0", "--name", "pad")
        [found] = self.succeeds(self.mcast("peers", "--topic", "tick", "--json",
                                           "--duration", "4s")).objects
        [stream] = found["streams"]
        self.assertEqual((stream["name"], stream["sums"]), ("pad", True))
        self.assertGreater(stream["delivered"], 0)


if __name__ == "__main__":
    cli_case.main()
