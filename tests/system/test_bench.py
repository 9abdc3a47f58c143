#!/usr/bin/env python3
"""`mcast bench`: that each mode measures, adds up and cleans up; never how fast anything is."""

import html.parser
import json
import os
import signal
import subprocess
import tempfile
import unittest

import cli_case
import lab

QUICK = ["--rounds", "1", "--duration", "50ms", "--warm-up", "20ms"]
SOCKETS = ["--backend", "socket", "--backend", "socket-plain"]


def namespaces():
    return lab.unavailable() is None


def with_dpdk():
    return os.environ.get("WITH_DPDK") == "yes"


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def catches(pid, number):
    """Whether a process handles a signal by itself."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        mask = next(line.split()[1] for line in file if line.startswith("SigCgt:"))
    return int(mask, 16) >> (number - 1) & 1 == 1


class Page(html.parser.HTMLParser):
    """Which elements a page has, and whether each is closed where it should be."""

    VOID = {"meta", "br", "hr"}

    def __init__(self):
        super().__init__()
        self.open, self.count, self.text, self.wrong = [], {}, [], []

    def handle_starttag(self, tag, attrs):
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.count[tag] = self.count.get(tag, 0) + 1

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.text.append(data)


class BenchTest(cli_case.CliTest):
    def bench(self, *words):
        """The outcome of a quick measurement: in namespaces as root, else on loopback."""
        where = [] if namespaces() else ["-i", "lo", "--port", str(self.port)]
        done = subprocess.run([cli_case.program(), "bench", *words, *QUICK, *where],
                              capture_output=True, text=True, timeout=120, check=False)
        return cli_case.Outcome(done.returncode, done.stdout, done.stderr)

    def measured(self, *words):
        found = json.loads(self.succeeds(self.bench(*words, "--json")).out)
        for group in found["groups"]:
            for case in group["cases"]:
                self.assertIsNone(case["error"], case)
                self.assertEqual(len(case["rounds"]), 1, case)
                for measured in case["rounds"]:
                    self.adds_up(measured)
        return found

    def adds_up(self, measured):
        received = sum(end["received"] for end in measured["ends"])
        self.assertEqual(measured["sent"] * len(measured["ends"]), received + measured["lost"])
        for end in measured["ends"]:
            self.assertEqual(end["corrupt"], 0)
            self.assertEqual(end["repeated"], 0)

    def cases(self, found, number=0):
        return {case["path"] + ("/" + case["backend"] if case["backend"] else ""): case
                for case in found["groups"][number]["cases"]}

    def test_throughput_beside_the_raw_paths(self):
        found = self.measured("throughput", "--size", "64", "--size", "4096", *SOCKETS)
        self.assertEqual([group["id"] for group in found["groups"]],
                         ["throughput-64", "throughput-4096"])
        cases = self.cases(found)
        for path in ("raw-single", "raw-packed", "raw-segmented", "raw-capnp", "typed/socket",
                     "ready/socket", "typed/socket-plain"):
            self.assertGreater(cases[path]["rounds"][0]["sent"], 0, path)
            self.assertGreater(cases[path]["rounds"][0]["ends"][0]["received"], 0, path)
        self.assertIn("raw-segmented", cases["typed/socket"]["ratios"])
        self.assertEqual(cases["ready/socket"]["unit"], "messages/s")
        self.assertIn("release", found["environment"]["kernel"])
        self.assertIn("name", found["environment"]["interface"])

    def devices(self):
        """The backends of DPDK: some need an interface of their own."""
        return ["dpdk:af_packet", "dpdk:af_xdp"] * namespaces() + ["dpdk:memif", "dpdk:ring"]

    @unittest.skipUnless(with_dpdk(), "this build has no DPDK")
    def test_dpdk_beside_bare_dpdk_on_each_device(self):
        for device in self.devices():
            with self.subTest(device=device):
                found = self.measured("throughput", "--size", "64", "--backend", device)
                self.assertEqual([group["id"] for group in found["groups"]],
                                 ["throughput-64-" + device])
                cases = self.cases(found)
                self.assertEqual(set(cases), {f"{path}/{device}"
                                              for path in ("raw-dpdk", "typed", "ready")})
                for name, case in cases.items():
                    self.assertGreater(case["rounds"][0]["ends"][0]["received"], 0, name)
                    if case["path"] != "raw-dpdk":
                        self.assertEqual(set(case["ratios"]), {"raw-" + device}, name)
                goals = [goal for goal in found["goals"] if goal["backend"] == device]
                self.assertEqual([goal["goal"] for goal in goals], ["≥ 0.7 × raw DPDK"])
                self.assertIn("DPDK", found["environment"]["build"]["dpdk"])

    def test_what_cannot_be_had_is_named(self):
        outcome = self.mcast("bench", "latency", "--rate", "1000", "--sleep", "--path", "raw-single",
                             "-i", "lo", *QUICK)
        self.succeeds(outcome)
        self.assertRegex(outcome.out, "left out: dpdk:af_packet: .*(root|without DPDK)")
        self.one_sentence(self.mcast("bench", "rtt", "--backend", "dpdk:af_xdp"), 2,
                          "dpdk:af_xdp", "root" if with_dpdk() else "without DPDK")

    def test_round_trips(self):
        found = self.measured("rtt", "--spin")
        for path, case in self.cases(found).items():
            times = case["rounds"][0]["round_trip"]
            self.assertGreater(times["count"], 0, path)
            self.assertLessEqual(times["p50_us"], times["p99_us"])
            self.assertEqual(sum(count for _, count in times["slots"]), times["count"])

    def test_latency_at_a_rate(self):
        found = self.measured("latency", "--rate", "2000", "--sleep")
        for path, case in self.cases(found).items():
            measured = case["rounds"][0]
            self.assertGreater(measured["ends"][0]["latency"]["count"], 0, path)
            self.assertGreater(measured["lateness"]["count"], 0, path)
            # 70 ms at 2000 a second: what is due is sent, however late, and nothing else.
            self.assertLessEqual(measured["sent"], 150, path)
            self.assertGreater(measured["sent"], 50, path)

    def test_fan_out(self):
        found = self.measured("fan-out", "--subscribers", "2", "--path", "typed")
        ends = [len(case["rounds"][0]["ends"]) for case in found["groups"][0]["cases"]]
        self.assertIn(1, ends)
        self.assertIn(2, ends)

    @unittest.skipUnless(namespaces(), "datagrams are dropped in namespaces only: needs root")
    def test_loss_is_what_was_dropped(self):
        found = self.measured("loss", "--size", "1024", "--drop", "20")
        dropped = [case for case in found["groups"][0]["cases"] if case["drop"] > 0]
        self.assertGreaterEqual(len(dropped), 2)
        for case in dropped:
            self.assertGreater(case["rounds"][0]["lost"], 0, case["path"])
        typed = next(case for case in dropped if case["backend"] == "socket")
        gaps = typed["rounds"][0]["ends"][0]["counters"]["gap-datagrams"]
        self.assertGreater(gaps, 0)
        self.assertLessEqual(gaps, typed["rounds"][0]["lost"], "one message a datagram")

    def test_loss_without_namespaces_says_why_not(self):
        outcome = self.bench("loss", *(["--interface", "lo"] if namespaces() else []))
        self.assertIn("namespaces of our own only", outcome.out)

    def test_idle_node(self):
        found = self.measured("idle")
        measured = found["groups"][0]["cases"][0]["rounds"][0]
        self.assertGreater(measured["resident_bytes"], 1 << 20)
        self.assertGreater(measured["thread"]["wall_us"], 0)

    def test_report_is_a_page_with_its_plots(self):
        with tempfile.TemporaryDirectory() as folder:
            path, peers = os.path.join(folder, "report.html"), os.path.join(folder, "peers.jsonl")
            with open(peers, "w", encoding="utf-8") as file:
                file.write('{"peer": "Other library", "size": 64, "rate": 1000}\n')
            outcome = self.succeeds(self.bench("rtt", "--report", path, "--peers", peers, *SOCKETS))
            with open(path, encoding="utf-8") as file:
                page = Page()
                page.feed(file.read())
        self.assertEqual((page.open, page.wrong), ([], []))
        self.assertEqual(page.count["svg"], 2, "a plot for spinning, one for sleeping")
        self.assertGreaterEqual(page.count["path"], 4)
        self.assertIn("Other library", "".join(page.text))
        self.assertIn("Other library", outcome.out)
        self.assertIn("Goals", outcome.out)

    def test_ctrl_c_ends_all_of_it(self):
        where = [] if namespaces() else ["-i", "lo", "--port", str(self.port)]
        running = cli_case.Running([cli_case.program(), "bench", "rtt", "--duration", "60s",
                                    *where])
        self.addCleanup(running.kill)
        pid = running.process.pid
        # Before that, the kernel ends it, and its children with it.
        lab.eventually(lambda: catches(pid, signal.SIGINT), cli_case.PATIENCE, "a handler")
        children = children_of(pid)
        self.assertEqual(len(children), 1)
        outcome = running.end(signal.SIGINT)
        self.assertEqual(outcome.code, 1, outcome)
        self.assertFalse(os.path.exists(f"/proc/{children[0]}"))

    def test_two_ends_find_each_other(self):
        server = self.start("bench", "serve", "--name", "far")
        done = subprocess.run(
            self.arguments("bench", "throughput", "--size", "1024", "--path", "typed", "--to", "f*",
                           "--backend", "socket", "--json", *QUICK),
            capture_output=True, text=True, timeout=120, check=False)
        outcome = self.succeeds(cli_case.Outcome(done.returncode, done.stdout, done.stderr))
        found = json.loads(outcome.out)
        self.assertFalse(found["namespaces"])
        self.assertGreater(found["groups"][0]["cases"][0]["rounds"][0]["ends"][0]["received"], 0)
        self.assertEqual(server.end(signal.SIGTERM).code, 0)

    def test_nobody_there_is_a_sentence(self):
        outcome = self.mcast("bench", "rtt", "--to", "nobody")
        self.assertEqual(outcome.code, 1, outcome)
        self.assertIn("found 0 of 1 end", outcome.err)
        self.assertIn("mcast bench serve", outcome.err)

    def test_usage(self):
        for words, parts in [
            (["warp"], ["'warp' is no mode"]),
            (["latenzy"], ["did you mean 'latency'?"]),
            (["--size", "65"], ["multiple of 8"]),
            (["--size", "32"], ["from 64"]),
            (["--rate", "0"], ["is no rate"]),
            (["--drop", "100"], ["is no percentage"]),
            (["--path", "tcp"], ["'tcp' is no path"]),
            (["--backend", "carrier-pigeon"], ["is no backend", "socket", "dpdk:ring"]),
            (["--delivery", "maybe"], ["best-effort or latest"]),
            (["--cores", "a"], ["no list of cores"]),
            (["--rounds", "0"], ["no count"]),
            (["rtt", "--path", "ready"], ["nothing is left to measure"]),
            (["--peers", "/nowhere/peers"], ["cannot read '/nowhere/peers'"]),
            (["--report", "/nowhere/report"], ["cannot write '/nowhere/report'"]),
        ]:
            with self.subTest(words=words):
                self.one_sentence(self.plain("bench", *words), 2, *parts)


if __name__ == "__main__":
    cli_case.main()
