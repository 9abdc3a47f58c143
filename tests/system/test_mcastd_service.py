"""mcastd as a service: what it tells its manager, who may run it, and how it says why it ended."""

import ctypes
import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import time
import unittest

import mcastd_case
from cli_case import PATIENCE
from mcastd_case import McastdTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 1 << 18


class Notifying(McastdTest):
    def test_the_manager_hears_of_start_work_reload_and_end(self):
        manager = self.manager()
        daemon = self.start(NOTIFY_SOCKET=manager.path, WATCHDOG_USEC="400000")
        ready = manager.until("READY")
        self.assertIn("interface", ready["STATUS"])
        for _ in range(3):
            manager.until("WATCHDOG")
        daemon.process.send_signal(signal.SIGHUP)
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        reloading = manager.until("RELOADING")
        self.assertLess(abs(int(reloading["MONOTONIC_USEC"]) - before), PATIENCE * 1e6)
        manager.until("READY")
        self.assertEqual(daemon.end(signal.SIGTERM).code, 0)
        manager.until("STOPPING")

    def test_the_watchdog_is_not_fed_while_the_loop_is_stopped(self):
        manager = self.manager()
        daemon = self.start(NOTIFY_SOCKET=manager.path, WATCHDOG_USEC="200000")
        manager.until("WATCHDOG")
        daemon.process.send_signal(signal.SIGSTOP)
        with self.assertRaises(queue.Empty):
            while True:
                manager.until("WATCHDOG", patience=0.5)
        daemon.process.send_signal(signal.SIGCONT)
        manager.until("WATCHDOG")

    def test_without_a_manager_it_runs_all_the_same(self):
        self.assertEqual(self.start().end(signal.SIGINT).code, 0)


class Reloading(McastdTest):
    """The ExecReload= of the unit, as systemd runs it."""

    def exec_reload(self, daemon):
        text = (ROOT / "tools/mcastd/systemd/mcastd.service.in").read_text()
        line = re.search(r"^ExecReload=(.*)$", text, re.M).group(1)
        line = line.replace("@BINDIR@/mcastd", mcastd_case.program())
        words = line.replace("@SYSCONFDIR@/mcastd/mcastd.toml", self.config).split()
        done = subprocess.run(words, capture_output=True, check=False, text=True, timeout=PATIENCE,
                              env=self.environment(MAINPID=str(daemon.process.pid)))
        return done.returncode, done.stdout, done.stderr

    def test_a_control_socket_elsewhere_is_asked(self):
        daemon = self.start()
        code, said, _ = self.exec_reload(daemon)
        self.assertEqual((code, said), (0, f"reloaded {self.config}\n"))
        self.write('[[rule]]\nfrom = "lo"\nrate = 0\n')
        code, _, said = self.exec_reload(daemon)
        self.assertEqual(code, 1)
        self.assertIn("rate", said)
        daemon.until("reload-refused: ", error=True)

    def test_without_a_control_socket_it_gets_sighup(self):
        self.control = ""
        self.write()
        daemon = self.start()
        code, said, _ = self.exec_reload(daemon)
        self.assertEqual((code, f"SIGHUP to pid {daemon.process.pid}" in said), (0, True), said)
        daemon.until("reloaded: ", error=True)

    def test_another_daemon_at_the_socket_is_not_meant(self):
        other = self.start()
        self.config, self.state = self.config + ".2", self.state + "2"
        self.control = ""
        self.write()
        daemon = self.start()
        self.control = os.path.join(self.place, "control")  # other's
        self.write()
        self.assertEqual(self.exec_reload(daemon)[0], 0)
        daemon.until("reload-refused: ", error=True)
        self.assertNotIn("reload", other.text(error=True))


class Ending(McastdTest):
    def last(self):
        return self.why()["last"]

    def test_a_clean_stop_says_by_which_signal_and_whom(self):
        self.start().end(signal.SIGTERM)
        last = self.last()
        self.assertEqual((last["end"], last["signal"]), ("stopped", "SIGTERM"))
        self.assertEqual((last["by"]["pid"], last["by"]["uid"]), (os.getpid(), os.getuid()))
        text = self.mcastd("why", "--socket", self.control, "--state", self.state).out
        self.assertIn(f"was stopped by SIGTERM from pid {os.getpid()}", text)

    def test_kill_9_is_known_to_the_next_run(self):
        self.start().end(signal.SIGKILL)
        self.assertEqual(self.last()["end"], "killed")
        begun = time.monotonic()
        daemon = self.start()
        self.ask("status")
        print(f"[serving again after {(time.monotonic() - begun) * 1e3:.0f} ms] ", end="", flush=True)
        self.assertIn("previous-run: the last run was killed", daemon.text(error=True))
        answer = self.why()  # of the daemon
        self.assertEqual(answer["running"]["pid"], daemon.process.pid)
        self.assertEqual(answer["last"]["end"], "killed")
        self.assertIn("was killed", self.ask("status")["previous_end"])

    def test_a_crash_is_known(self):
        self.start().end(signal.SIGSEGV)
        last = self.last()
        self.assertEqual((last["end"], last["signal"]), ("crashed", "SIGSEGV"))

    def test_a_refused_configuration_is_known(self):
        self.start().end(signal.SIGTERM)
        with open(self.config, "a", encoding="utf-8") as file:
            file.write("[log]\nlevle = 1\n")
        outcome = self.start(wait=False).end()
        self.assertEqual(outcome.code, 78, outcome)
        self.assertIn("levle", outcome.err)
        last = self.last()
        self.assertEqual(last["end"], "refused")
        self.assertIn("levle", last["text"])

    def ended(self, result, status):
        """As ExecStopPost= says it."""
        done = subprocess.run([mcastd_case.program(), "ended"], capture_output=True, check=False,
                              env=self.environment(STATE_DIRECTORY=self.state,
                                                   SERVICE_RESULT=result, EXIT_STATUS=status))
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_what_only_systemd_knows_is_added(self):
        self.start().end(signal.SIGKILL)
        self.ended("oom-kill", "KILL")
        self.assertEqual(self.last()["end"], "out-of-memory")

    def test_a_loop_that_hangs_was_ended_by_the_watchdog(self):
        daemon = self.start()
        for number in (signal.SIGSTOP, signal.SIGABRT):  # as systemd does it
            daemon.process.send_signal(number)
        daemon.end(signal.SIGCONT)
        self.ended("watchdog", "ABRT")
        self.assertEqual(self.last()["end"], "watchdog")
        self.start()
        self.assertIn("killed by the watchdog", self.ask("status")["previous_end"])

    def test_without_a_note_it_says_so(self):
        outcome = self.mcastd("why", "--socket", self.control, "--state", self.place)
        self.assertEqual(outcome.code, 1)
        self.assertEqual(len(outcome.err.splitlines()), 1, outcome)
        self.assertIn("No such file", outcome.err)


class FullDisk(McastdTest):
    def daemon_on_a_full_disk(self):
        """Its state directory is a tmpfs of one page, in a mount namespace that only it has."""
        libc = ctypes.CDLL(None, use_errno=True)

        def prepare():
            options = b"size=4k,mode=700"
            if (libc.unshare(CLONE_NEWNS) or
                    libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None) or
                    libc.mount(b"none", self.state.encode(), b"tmpfs", 0, options)):
                os._exit(99)
            with open(os.path.join(self.state, "filler"), "wb", buffering=0) as file:
                try:
                    file.write(b"x" * 4096)
                except OSError:
                    pass

        os.mkdir(self.state)
        words = [mcastd_case.program(), "run", "--config", self.config, "--state", self.state]
        running = mcastd_case.Running(words, env=self.environment(), preexec_fn=prepare)
        self.addCleanup(running.kill)
        return running

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_it_says_so_and_runs(self):
        daemon = self.daemon_on_a_full_disk()
        daemon.until("started", error=True)
        said = daemon.text(error=True)
        self.assertEqual(said.count("state-file"), 1, said)
        self.assertIn("No space left on device", said)
        self.assertIn("it runs all the same", said)
        self.ask("status")
        self.assertEqual(daemon.end(signal.SIGTERM).code, 0)


class SecondInstance(McastdTest):
    def refused(self, *parts):
        outcome = self.start(wait=False).end()
        self.assertEqual(outcome.code, 1, outcome)
        self.assertEqual(len(outcome.err.splitlines()), 1, outcome)
        for part in parts:
            self.assertIn(part, outcome.err)

    def test_of_one_state_directory(self):
        first = self.start()
        self.refused("another mcastd is running", f"pid {first.process.pid}", "since 2", self.config)
        self.assertIsNone(first.process.poll())
        self.assertEqual(self.ask("status")["pid"], first.process.pid)
        self.assertEqual(self.why()["running"]["pid"], first.process.pid)

    def test_of_one_control_socket(self):
        first = self.start()
        self.state = os.path.join(self.place, "other")
        self.refused(self.control, "in use", f"pid {first.process.pid}")
        self.ask("status")

    def test_a_socket_that_a_killed_one_left_is_replaced(self):
        self.start().end(signal.SIGKILL)
        self.assertTrue(os.path.exists(self.control))
        self.start()
        self.ask("status")


class Logging(McastdTest):
    def test_json_lines_have_stable_members(self):
        self.write('[log]\nformat = "json"\n')
        outcome = self.start().end(signal.SIGTERM)
        lines = [json.loads(line) for line in outcome.err.splitlines()]
        self.assertEqual([line["event"] for line in lines if line["event"] in ("started", "stopped")],
                         ["started", "stopped"])
        for line in lines:
            self.assertLessEqual({"time", "level", "event", "text"}, set(line))

    def test_a_reader_that_does_not_read_does_not_stop_it(self):
        self.write('[log]\nlevel = "debug"\n')
        daemon = self.start()
        for _ in range(2000):  # more lines than a pipe holds
            daemon.process.send_signal(signal.SIGHUP)
        answer = self.ask("status")
        self.assertEqual(answer["pid"], daemon.process.pid)

    def test_the_journal_gets_priorities(self):
        outcome = self.start(JOURNAL_STREAM="8:1").end(signal.SIGTERM)
        self.assertRegex(outcome.err, r"(?m)^<6>started: ")


if __name__ == "__main__":
    mcastd_case.main()
