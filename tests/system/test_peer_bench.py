#!/usr/bin/env python3
"""The driver of bench/peers with peers that are made up: order, medians, flags, and what it says
when one of them fails. The link is real: two network namespaces (needs root)."""

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/peers"))

import peers  # noqa: E402

# A peer that sends one datagram over the link, which is what the receiver reports.
FAKE = '''#!{python}
import json, socket, sys
role, address, size, seconds, core = sys.argv[1:]
size, name = int(size), {name!r}
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if role == "receive":
    {before_ready}
    link.bind(("10.77.0.2", 7700))
    link.settimeout(20)
    print("ready", flush=True)
    number = len(link.recv(2000))
    print(json.dumps({{"peer": name, "size": size, "rate": number * {factor}, "lost": {lost},
                       "sent": 1000}}))
else:
    {before_send}
    link.sendto(bytes(size), ("10.77.0.2", 7700))
'''


class Place(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mcast-peers-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def make(self, name, factor=1000, lost=0, before_ready="pass", before_send="pass"):
        path = self.folder / f"peer_{name}"
        path.write_text(FAKE.format(python=sys.executable, name=name, factor=factor, lost=lost,
                                    before_ready=before_ready, before_send=before_send))
        path.chmod(0o755)
        return path

    def drive(self, *arguments):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = peers.main([str(self.folder), "--seconds", "1", *arguments])
        return code, out.getvalue()

    def namespaces_left(self):
        names = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
        return [name for name in names.split() if name.startswith(f"mcast-peers-{os.getpid()}-")]


@unittest.skipUnless(os.geteuid() == 0, "needs root, for network namespaces")
class OnALink(Place):
    def test_all_are_measured_and_compared_and_the_link_goes(self):
        self.make("libmcast", factor=20_000)
        self.make("other", factor=10_000, lost=5)
        (self.folder / "missing.json").write_text('{"third": "libthird-dev"}')
        code, out = self.drive("--rounds", "2", "--sizes", "64,256")
        self.assertEqual(code, 0)
        rows = {line.split()[0]: line for line in out.splitlines() if line}
        self.assertIn("1.280 M/s 1.00", rows["libmcast"])
        self.assertIn("0.640 M/s 0.50 (0.5% lost!)", rows["other"])
        self.assertIn("2.560 M/s 0.50 (0.5% lost!)", rows["other"])
        self.assertIn("third: not measured: not installed (Debian: libthird-dev; tools/setup "
                      "--peers)", out)
        self.assertEqual(self.namespaces_left(), [])

    def test_json_has_every_run(self):
        self.make("libmcast")
        _, out = self.drive("--rounds", "3", "--sizes", "64", "--json")
        said = json.loads(out)
        self.assertEqual([record["round"] for record in said["records"]], [0, 1, 2])
        self.assertEqual(said["summary"][0]["rate"], 64_000)

    def test_one_that_fails_does_not_stop_the_others(self):
        self.make("libmcast")
        self.make("mute", before_ready="sys.exit('no such device')")
        self.make("broken", before_send="sys.exit('the link is down')")
        code, out = self.drive("--rounds", "1", "--sizes", "64")
        self.assertEqual(code, 0)
        self.assertIn("mute at 64 B: no such device", out)
        self.assertIn("broken at 64 B: the link is down", out)
        self.assertRegex(out, r"libmcast +0\.064 M/s")
        self.assertRegex(out, r"mute +failed")
        self.assertEqual(self.namespaces_left(), [])

    def test_one_that_hangs_is_ended(self):
        program = self.make("stuck", before_send="import signal; signal.pause()")
        with peers.Link() as link:
            record = peers.measure(link, program, 64, 0.1, (0, 0), patience=0.5)
        self.assertIn("did not end within", record["error"])
        self.assertEqual(self.namespaces_left(), [])

    def test_if_all_fail_the_end_says_so(self):
        self.make("mute", before_ready="sys.exit('no such device')")
        code, _ = self.drive("--rounds", "1", "--sizes", "64")
        self.assertEqual(code, 1)


class Logic(Place):
    def test_peers_take_turns_and_each_round_begins_with_another(self):
        self.assertEqual(list(peers.plan(["a", "b"], [64, 256], 2)), [
            (0, 64, "a"), (0, 64, "b"), (0, 256, "a"), (0, 256, "b"),
            (1, 64, "b"), (1, 64, "a"), (1, 256, "b"), (1, 256, "a")])

    def test_the_median_counts_and_the_worst_loss(self):
        runs = [{"peer": "a", "size": 64, "rate": rate, "lost": lost, "sent": 1000}
                for rate, lost in [(10, 0), (30, 2), (20, 0)]]
        runs.append({"peer": "a", "size": 64, "error": "gone"})
        self.assertEqual(peers.summarise(runs), [
            {"peer": "a", "size": 64, "runs": 3, "errors": ["gone"], "rate": 20, "lost": 0.002,
             "flagged": True}])

    def test_a_little_loss_is_not_flagged(self):
        run = {"peer": "a", "size": 64, "rate": 1, "lost": 1, "sent": 1000}
        self.assertFalse(peers.summarise([run])[0]["flagged"])

    def test_only_what_was_asked_for_is_measured(self):
        self.make("libmcast")
        self.make("other")
        (self.folder / "missing.json").write_text('{"third": "libthird-dev"}')
        built, missing = peers.find_programs(self.folder, ["other"])
        self.assertEqual((list(built), missing), (["other"], {}))
        with self.assertRaisesRegex(SystemExit, "there is no fourth; there is libmcast, other, "
                                                "third"):
            peers.find_programs(self.folder, ["fourth"])

    def test_nothing_to_measure_is_an_error(self):
        with self.assertRaisesRegex(SystemExit, "no program peer_"):
            self.drive()


if __name__ == "__main__":
    unittest.main(verbosity=2)
