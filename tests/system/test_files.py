#!/usr/bin/env python3
"""send-file and receive-file over a LAN that loses: equal files, resumed files, clear sentences."""

import os
import signal
import subprocess
import sys
import tempfile
import unittest

import cli_case
import file_case
import lab
from file_case import Stations, digest, make_file, outcome

SIZE = 16 << 20
LOSS = 5  # percent


@unittest.skipIf(lab.unavailable(), f"needs namespaces: {lab.unavailable()}")
class OverALossyLan(unittest.TestCase):
    def test_three_receivers_get_it_and_little_is_sent_twice(self):
        stations = Stations(self, receivers=3, loss=LOSS)
        made = make_file(stations.sender.path("image.bin"), SIZE)
        receivers = [station.receive() for station in stations.receivers]
        sent = outcome(stations.send(stations.sender.path("image.bin"), "--receivers", "3"))
        for station, receiver in zip(stations.receivers, receivers):
            received = outcome(receiver)
            self.assertEqual(received["files"][0]["sha256"], made)
            self.assertEqual(digest(station.path("image.bin")), made)
            self.assertEqual(os.listdir(station.folder), ["image.bin"])
            self.assertGreater(received["repaired"], 0)
        self.assertEqual([receiver["state"] for receiver in sent["receivers"]], ["complete"] * 3)
        self.assertLess(sent["ratio"], 1.35, sent)
        self.assertGreater(sent["ratio"], 1.0)
        self.assertEqual(sent["copies"], 0, "chunks are built in their datagrams")

    def test_one_is_killed_and_goes_on_and_one_comes_late(self):
        stations = Stations(self, receivers=3, loss=LOSS)
        made = make_file(stations.sender.path("image.bin"), 2 * SIZE)
        steady, victim, late = stations.receivers
        first = victim.receive()
        others = [steady.receive()]
        sending = stations.send(stations.sender.path("image.bin"), "--receivers", "2")
        part = victim.path("image.bin.part")
        # Not all of it, and enough to be worth going on with.
        lab.eventually(lambda: os.path.exists(part) and os.stat(part).st_size > 2 * SIZE
                       and self.recorded(victim, part), 60, "a part with a record")
        first.signal(signal.SIGKILL)
        first.wait()
        others.append(late.receive())
        again = outcome(victim.receive())
        self.assertGreater(again["resumed"], 0, "it went on with what was there")
        sent = outcome(sending)
        for receiver in others:
            outcome(receiver)
        for station in stations.receivers:
            self.assertEqual(digest(station.path("image.bin")), made, station.name)
        names = sorted(receiver["name"] for receiver in sent["receivers"])
        self.assertEqual(names, ["pad-1", "pad-2", "pad-3"], "started again, it is the same")

    def recorded(self, station, part):
        """Whether the record behind the content says that a mebibyte is there."""
        with open(part, "rb") as file:
            file.seek(2 * SIZE)
            record = file.read()
        done = subprocess.run(
            ["capnp", "decode", os.path.join(file_case.SCHEMAS, "file.capnp"), "PartRecord"],
            input=record, capture_output=True, check=False)
        sizes = [int(word) for word in
                 done.stdout.decode().replace(",", " ").replace(")", " ").split() if word.isdigit()]
        return done.returncode == 0 and sum(size for size in sizes if size < 2 * SIZE) > 1 << 20

    def test_the_sender_goes_away_and_comes_back(self):
        stations = Stations(self, receivers=1, loss=LOSS)
        made = make_file(stations.sender.path("image.bin"), 2 * SIZE)
        [station] = stations.receivers
        receiver = station.receive()
        first = stations.send(stations.sender.path("image.bin"))
        lab.eventually(lambda: os.path.exists(station.path("image.bin.part")), 60, "the part")
        first.signal(signal.SIGKILL)
        first.wait()
        receiver.line(lambda text: "is gone at" in text, 30)
        sent = outcome(stations.send(stations.sender.path("image.bin")))
        outcome(receiver)
        self.assertEqual(digest(station.path("image.bin")), made)
        self.assertEqual(sent["receivers"][0]["state"], "complete")


class OnLoopback(cli_case.CliTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="mcast-files-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.source = os.path.join(self.folder, "a.bin")
        self.made = make_file(self.source, 3 << 20)
        self.into = os.path.join(self.folder, "into")
        os.mkdir(self.into)

    def receive(self, *words):
        return self.start("receive-file", "--into", self.into, *words)

    def test_files_and_what_is_said(self):
        other = os.path.join(self.folder, "b.txt")
        with open(other, "w", encoding="utf-8") as file:
            file.write("hello\n")
        receiver = self.receive("--name", "pad")
        sent = self.succeeds(self.mcast("send-file", self.source, other, "--name", "tv"))
        received = self.succeeds(receiver.end())
        self.assertEqual(digest(os.path.join(self.into, "a.bin")), self.made)
        self.assertEqual(sorted(os.listdir(self.into)), ["a.bin", "b.txt"])
        self.assertIn(f"{self.made}  {self.into}/a.bin  3.00 MiB", received.lines)
        self.assertIn("mcast: tv offers 2 files, 3.00 MiB", received.err)
        self.assertIn("hashes are right", received.err)
        self.assertEqual(sent.lines[0], f"{self.made}  a.bin  3.00 MiB")
        self.assertRegex(sent.lines[2], r"^1 of 1 receiver has everything, after [\d.]+ .?s \(")
        self.assertRegex(sent.lines[3], r"^sent [\d.]+ MiB in all, 1\.[01]\d × the files; ")
        for text in (received.out + received.err, sent.out + sent.err):
            self.assertNotIn("\x1b", text, "no bars in a pipe")

    def test_what_is_there_is_not_sent_again(self):
        for name in ("first", "again"):
            receiver = self.receive("--json")
            self.succeeds(self.mcast("send-file", self.source))
            [received] = self.succeeds(receiver.end()).objects
            self.assertEqual(received["files"][0]["was_there"], name == "again")
        self.assertEqual(received["chunks"], 0)

    def test_nothing_is_replaced_without_force(self):
        path = os.path.join(self.into, "a.bin")
        with open(path, "w", encoding="utf-8") as file:
            file.write("mine")
        receiver = self.receive("--name", "pad")
        sent = self.mcast("send-file", self.source, "--timeout", "4s")
        self.assertEqual(sent.code, 1, sent)
        self.assertIn("pad failed at 0 %: '", sent.err)
        self.assertIn("is already there and is something else; --force replaces it", sent.err)
        outcome_here = receiver.end()
        self.assertEqual(outcome_here.code, 1)
        self.assertIn("is already there and is something else", outcome_here.err)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine")
        receiver = self.receive("--force")
        self.succeeds(self.mcast("send-file", self.source))
        self.succeeds(receiver.end())
        self.assertEqual(digest(path), self.made)

    def test_a_full_disk_is_one_sentence(self):
        if os.geteuid() != 0:
            self.skipTest("a small file system needs root")
        # In a mount namespace of its own, which ends with the command.
        script = f'mount -t tmpfs -o size=1m none "{self.into}" && exec "$@"'
        words = self.arguments("receive-file", "--into", self.into, "--name", "pad")
        running = cli_case.Running(["unshare", "--mount", "bash", "-c", script, "bash", *words])
        self.addCleanup(running.kill)
        sent = self.mcast("send-file", self.source, "--timeout", "4s")
        received = running.end()
        self.assertEqual(received.code, 1, received)
        self.assertIn("No space left on device; make room and start again", received.err)
        self.assertEqual(sent.code, 1, sent)
        self.assertIn("pad failed at 0 %: make room for", sent.err)

    def test_wrong_files_and_folders_are_one_sentence(self):
        self.one_sentence(self.mcast("send-file", self.folder + "/none"), 1, "No such file")
        self.one_sentence(self.mcast("send-file", self.folder), 2, "is not a file", "tar")
        self.one_sentence(self.mcast("send-file", self.source, self.source), 2, "two files")
        self.one_sentence(self.mcast("receive-file", "--into", self.folder + "/none"), 1,
                          "open folder", "No such file")

    def test_nobody_comes(self):
        sent = self.mcast("send-file", self.source, "--timeout", "1s", "--receivers", "2")
        self.assertEqual(sent.code, 1, sent)
        self.assertIn("waited 1.00 s for 2 receivers in domain", sent.err)
        received = self.mcast("receive-file", "--into", self.into, "--timeout", "500ms")
        self.assertEqual(received.code, 1, received)
        self.assertIn("waited 500 ms for a sender: no other node was heard on lo", received.err)

    def test_interrupted_it_keeps_what_it_has_and_the_sender_knows(self):
        big = os.path.join(self.folder, "big.bin")
        make_file(big, 48 << 20)
        receiver = self.receive("--name", "pad")
        sender = self.start("send-file", big)
        part = os.path.join(self.into, "big.bin.part")
        lab.eventually(lambda: os.path.exists(part) and os.stat(part).st_blocks > 0, 30, "a part")
        received = receiver.end(signal.SIGINT)
        if received.code == 0:
            self.skipTest("it was quicker than the signal")
        self.assertIn("interrupted", received.err)
        sent = sender.end()
        self.assertEqual(sent.code, 1, sent)
        self.assertIn("pad has ", sent.err)
        receiver = self.receive("--json")
        self.succeeds(self.mcast("send-file", big))
        self.succeeds(receiver.end())
        self.assertEqual(digest(os.path.join(self.into, "big.bin")), digest(big))


if __name__ == "__main__":
    if lab.unavailable():
        print(f"SKIPPED: the tests over a lossy LAN: {lab.unavailable()}", file=sys.stderr)
    cli_case.main()
