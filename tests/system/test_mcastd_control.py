"""mcastd seen from outside: the control socket, the tables, the metrics."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

sys.path.append("/usr/lib/python3/dist-packages")  # Debian's, for another python as well
from prometheus_client import parser as prometheus_parser
from prometheus_client.openmetrics import parser as openmetrics_parser

import cli_case
import mcastd_case
from cli_case import PATIENCE
from mcastd_case import McastdTest

VIEWS = ("status", "peers", "topics", "interfaces", "rules")
OPEN_METRICS = "application/openmetrics-text; version=1.0.0"


class Asking(McastdTest):
    def test_each_view_is_one_document_and_a_table_of_80_columns(self):
        self.start()
        for view in VIEWS:
            with self.subTest(view=view):
                document = self.ask(view)
                self.assertIn(view if view != "status" else "uptime", document)
                outcome = self.mcastd(view, "--socket", self.control)
                self.assertEqual((outcome.code, outcome.err), (0, ""))
                self.assertLessEqual(max(len(line) for line in outcome.lines), 80)
                self.assertNotIn("\x1b", outcome.out)

    def test_status_says_what_it_is(self):
        daemon = self.start()
        status = self.ask("status")
        self.assertEqual(status["pid"], daemon.process.pid)
        self.assertEqual(status["config"]["path"], self.config)
        self.assertTrue(status["ready"], status)
        text = self.mcastd("status", "--socket", self.control).out
        self.assertIn(f"pid {daemon.process.pid}", text)

    def test_an_idle_daemon_with_several_domains_keeps_to_its_memory(self):
        domains = "".join(f'[[domain]]\nname = "{name}-{os.path.basename(self.place)}"\n'
                          for name in ("a", "b", "c"))
        self.write(domains)
        daemon = self.start(MALLOC_PERTURB_="0")  # meson's fills, and so takes, all that is reserved
        status = self.ask("status")
        if "asan" not in subprocess.run(["ldd", mcastd_case.program()], capture_output=True,
                                        check=True, text=True).stdout:
            self.assertLess(status["memory"]["used"], status["memory"]["max"], status)
        self.assertEqual(status["queue"], {"used": 0, "max": 4 * 512})
        self.assertNotIn("memory:", daemon.text(error=True))

    def test_what_is_on_the_network_is_seen(self):
        self.start()
        domain = f"test-{os.path.basename(self.place)}"
        subscriber = cli_case.Running([os.environ["MCAST_BIN"], "sub", "greetings", "-i", "lo",
                                       "--port", str(self.port), "--domain", domain,
                                       "--name", "listener"])
        self.addCleanup(subscriber.kill)
        deadline = time.monotonic() + PATIENCE
        while not (peers := self.ask("peers")["peers"]) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual([(peer["name"], peer["domain"], peer["interface"]) for peer in peers],
                         [("listener", domain, "lo")])
        topics = self.ask("topics")["topics"]
        self.assertEqual([(topic["name"], topic["subscribers"]) for topic in topics],
                         [("greetings", 1)])
        used = [one for one in self.ask("interfaces")["interfaces"] if one["in_use"]]
        self.assertEqual([one["name"] for one in used], ["lo"])
        self.assertGreater(used[0]["received"]["datagrams"], 0)

    def test_watching_shows_it_again_and_again_without_control_codes(self):
        self.start()
        words = [mcastd_case.program(), "status", "--watch", "--socket", self.control]
        for more in ([], ["--json"]):
            with self.subTest(more=more):
                watching = cli_case.Running(words + more, env=self.environment())
                self.addCleanup(watching.kill)
                deadline = time.monotonic() + PATIENCE
                while watching.text().count("uptime" if more else "\nup ") < 2:
                    self.assertTrue(watching._read(deadline))
                outcome = watching.end(signal.SIGINT)
                self.assertEqual((outcome.code, outcome.err), (0, ""))
                self.assertNotIn("\x1b", outcome.out)

    def test_without_a_daemon_it_says_what_to_do(self):
        for command in VIEWS + ("reload",):
            outcome = self.mcastd(command, "--socket", self.control)
            self.assertEqual((outcome.code, outcome.out), (1, ""))
            self.assertEqual(len(outcome.err.splitlines()), 1)
            self.assertIn("start it (mcastd run)", outcome.err)

    def test_a_reload_is_applied_or_refused_with_all_that_is_wrong(self):
        self.start()
        self.write('[[rule]]\nfrom = "lo"\nto = "eth0"\n')
        outcome = self.mcastd("reload", "--socket", self.control)
        self.assertEqual((outcome.code, outcome.err), (0, ""))
        self.assertEqual(len(self.ask("rules")["rules"]), 2)  # and the default
        self.write('[[rule]]\nfron = "lo"\n[log]\nlevel = "lod"\n')
        outcome = self.mcastd("reload", "--socket", self.control)
        self.assertEqual((outcome.code, outcome.out), (1, ""))
        self.assertIn("fron", outcome.err)
        self.assertIn("lod", outcome.err)
        self.assertEqual(len(self.ask("rules")["rules"]), 2)
        config = self.ask("status")["config"]
        self.assertEqual((config["reloads"], config["reloads_refused"]), (1, 1))
        self.assertIn("fron", config["error"])

    def test_all_warnings_are_told_at_the_start_and_by_a_reload(self):
        self.write('[[rule]]\nfrom = "lo"\n' * 3)
        daemon = self.start(MCAST_PRT="1")
        said = daemon.text(error=True)
        self.assertEqual(said.count("never matches"), 2, said)
        self.assertIn("MCAST_PRT", said)
        answer = self.ask("reload")
        self.assertEqual(len(answer["warnings"]), 3, answer)
        outcome = self.mcastd("reload", "--socket", self.control)
        self.assertEqual((outcome.code, outcome.out), (0, f"reloaded {self.config}\n"))
        self.assertEqual(len(outcome.err.splitlines()), 3, outcome)
        self.assertRegex(outcome.err, r"mcastd\.toml:\d+:\d+: warning: this rule never matches")
        daemon.until("reloaded: ", error=True)
        self.assertEqual(daemon.end(signal.SIGTERM).err.count("never matches"), 6)

    @unittest.skipUnless(os.geteuid() == 0, "becoming another user needs root")
    def test_others_may_look_but_not_reload(self):
        self.start()
        os.chmod(self.place, 0o755)
        nobody = {"user": 65534, "group": 65534, "extra_groups": []}
        self.assertEqual(self.mcastd("status", "--socket", self.control, **nobody).code, 0)
        outcome = self.mcastd("reload", "--socket", self.control, **nobody)
        self.assertEqual(outcome.code, 1)
        self.assertIn("user 65534 may look only", outcome.err)


class Misbehaving(McastdTest):
    def test_garbage_gets_one_sentence(self):
        self.start()
        client = self.client()
        for garbage in (b"\x00\xff\x1b[2J\n", b"GET / HTTP/1.1\n", b"\n", b"{}\n"):
            client.send(garbage)
            answer = client.answer()
            self.assertEqual(list(answer), ["error"])
            self.assertIn("is no request; there are status", answer["error"])
        self.assertIn("pid", client.ask("status"))
        self.assertEqual(client.ask("status")["control"]["refused"], 4)

    def test_a_client_that_never_reads_is_dropped_and_counted(self):
        self.start()
        greedy = self.client()
        greedy.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        greedy.socket.setblocking(False)
        with self.assertRaises(BlockingIOError):  # asks until it is no longer read
            while True:
                greedy.socket.send(b"interfaces\n" * 100)
        other = self.client()
        deadline = time.monotonic() + PATIENCE
        while not (status := other.ask("status"))["control"]["dropped"]:
            self.assertLess(time.monotonic(), deadline, "it was not dropped")
            time.sleep(0.2)
        self.assertEqual(status["control"]["clients"], 1)

    def test_a_client_that_goes_in_the_middle_of_a_line(self):
        self.start()
        for _ in range(50):
            client = self.client()
            client.send(b"sta")
            client.close()
        self.assertLessEqual(self.ask("status")["control"]["clients"], 2)

    def test_too_many_clients_are_told_so(self):
        self.start()
        clients = [self.client() for _ in range(16)]
        for client in clients:
            client.ask("status")
        self.assertIn("16 clients already", self.client().answer()["error"])
        clients[0].close()
        deadline = time.monotonic() + PATIENCE
        while "error" in self.client().ask("status"):
            self.assertLess(time.monotonic(), deadline)


@unittest.skipUnless(os.geteuid() == 0, "becoming another user needs root")
class Crowding(McastdTest):
    def setUp(self):
        super().setUp()
        os.chmod(self.place, 0o755)
        self.start()

    def clients_of(self, user, count):
        """Those of `count` that were let in."""
        os.seteuid(user)
        try:
            made = [self.client() for _ in range(count)]
        finally:
            os.seteuid(0)
        for one in made:
            try:
                one.send(b"status\n")
            except BrokenPipeError:
                pass  # it was told why and closed on
        return [one for one in made if "error" not in one.answer()]

    def test_no_user_takes_the_places_of_another(self):
        self.assertEqual(len(self.clients_of(65534, 16)), 8)
        self.assertGreater(len(self.clients_of(65533, 1)), 0)

    def test_all_users_together_leave_places_for_who_may_change(self):
        for user in (65532, 65533, 65534):
            self.clients_of(user, 8)
        self.assertEqual(self.ask("status")["control"]["clients"], 15)
        self.assertTrue(self.ask("reload")["reloaded"])

    def test_who_sends_but_never_asks_is_dropped(self):
        dripping = self.client()
        ended = time.monotonic() + 35
        while time.monotonic() < ended:
            try:
                dripping.send(b"x")
            except OSError:
                return
            time.sleep(0.5)
        self.fail("it was not dropped")


class Metrics(McastdTest):
    def setUp(self):
        super().setUp()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.http = probe.getsockname()[1]
        self.write(f'[metrics]\nlisten = "127.0.0.1:{self.http}"\n')

    def get(self, path, accept="*/*"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}",
                                         headers={"Accept": accept})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Content-Type"], error.read().decode()

    def test_both_formats_are_read_by_prometheus_own_parsers(self):
        self.start()
        for accept, parse, kind in [
                (OPEN_METRICS, openmetrics_parser.text_string_to_metric_families, OPEN_METRICS),
                ("*/*", prometheus_parser.text_string_to_metric_families, "text/plain")]:
            code, content_type, text = self.get("/metrics", accept)
            self.assertEqual(code, 200)
            self.assertTrue(content_type.startswith(kind), content_type)
            families = {family.name: family for family in parse(text)}
            self.assertEqual(families["mcastd_ready"].samples[0].value, 1)
            for name in ("mcastd_forwarded_datagrams", "mcastd_dropped_datagrams",
                         "mcastd_rule_hits", "mcastd_interface_datagrams",
                         "mcastd_duplicates_dropped", "mcastd_loops_dropped", "mcastd_used",
                         "mcastd_forwarding_latency_seconds"):
                self.assertTrue(name in families or name + "_total" in families, name)
            self.assertTrue(all(family.documentation for family in families.values()))
        # Debian's prometheus is 100 MB and starts a server, so only where somebody has it anyway.
        if promtool := shutil.which("promtool"):
            done = subprocess.run([promtool, "check", "metrics"], input=self.get("/metrics")[2],
                                  text=True, capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_health_and_readiness(self):
        daemon = self.start()
        self.assertEqual(self.get("/healthz")[::2], (200, "ok\n"))
        self.assertEqual(self.get("/readyz")[::2], (200, "ok\n"))
        self.assertEqual(self.get("/other")[0], 404)
        self.assertEqual(daemon.end(signal.SIGTERM).code, 0)

    def test_without_an_interface_it_lives_but_is_not_ready(self):
        self.write(f'[metrics]\nlisten = "127.0.0.1:{self.http}"\n')
        with open(self.config, encoding="utf-8") as file:
            text = file.read().replace('["lo"]', '["none*"]')
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)
        self.start()
        self.assertEqual(self.get("/healthz")[0], 200)
        code, _, text = self.get("/readyz")
        self.assertEqual(code, 503)
        self.assertIn("no interface", text)

    def test_connections_that_say_nothing_hold_up_nobody_for_long(self):
        daemon = self.start()
        silent = [socket.create_connection(("127.0.0.1", self.http)) for _ in range(6)]
        for one in silent:
            self.addCleanup(one.close)
        self.assertIn("pid", self.ask("status"))  # the loop does not care
        self.assertEqual(self.get("/healthz")[0], 200)  # once they have timed out
        self.assertEqual(daemon.end(signal.SIGTERM).code, 0)

    def test_a_port_in_use_is_named(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", self.http))
            holder.listen()
            outcome = self.start(wait=False).end()
        self.assertEqual(outcome.code, 1, outcome)
        self.assertIn(f"127.0.0.1:{self.http}: Address already in use", outcome.err)

    def test_off_unless_configured(self):
        self.write()
        daemon = self.start()
        inodes = {match for path in os.listdir(f"/proc/{daemon.process.pid}/fd")
                  for match in re.findall(r"socket:\[(\d+)\]", os.readlink(
                      f"/proc/{daemon.process.pid}/fd/{path}"))}
        lines = []
        for name in ("tcp", "tcp6"):
            with open(f"/proc/{daemon.process.pid}/net/{name}", encoding="ascii") as file:
                lines += [line.split() for line in file.read().splitlines()[1:]]
        listening = {line[9] for line in lines if line[3] == "0A"}
        self.assertEqual(inodes & listening, set())


if __name__ == "__main__":
    mcastd_case.main()
