"""What the tests of mcastd have in common: a daemon on loopback, in a place and a domain of its own."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

import cli_case
from cli_case import PATIENCE, Outcome, Running
from service_manager import ServiceManager


def program():
    path = os.environ.get("MCASTD_BIN")
    if not path:
        sys.exit(f"{sys.argv[0]}: MCASTD_BIN does not name the program mcastd; "
                 f"run it by: meson test --suite system")
    return path


class Control:
    """A client of the control socket that says what it likes."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        line = self.file.readline()
        return json.loads(line) if line else None

    def ask(self, request):
        self.send(request.encode() + b"\n")
        return self.answer()

    def close(self):
        self.file.close()
        self.socket.close()


class McastdTest(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.mkdtemp(prefix="mcastd-")
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.config = os.path.join(self.place, "mcastd.toml")
        self.state = os.path.join(self.place, "state")
        self.control = os.path.join(self.place, "control")
        self.port = cli_case.free_port()
        self.write()

    def write(self, more="", top=""):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f'interfaces = ["lo"]\nport = {self.port}\n{top}\n'
                       f'[[domain]]\nname = "test-{os.path.basename(self.place)}"\n'
                       f'[control]\nsocket = "{self.control}"\n{more}\n')

    def environment(self, **more):
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith(("MCAST_", "NOTIFY_", "LISTEN_", "WATCHDOG_"))
                 and name not in ("STATE_DIRECTORY", "JOURNAL_STREAM", "COLUMNS")}
        return {**clean, **more}

    def start(self, *arguments, wait=True, **environment):
        """The daemon; `wait`: until it serves."""
        words = [program(), "run", "--config", self.config, "--state", self.state, *arguments]
        running = Running(words, env=self.environment(**environment))
        self.addCleanup(running.kill)
        if wait:
            running.until("started", error=True)
        return running

    def manager(self):
        made = ServiceManager(self.place)
        self.addCleanup(made.close)
        return made

    def client(self):
        made = Control(self.control)
        self.addCleanup(made.close)
        return made

    def mcastd(self, *words, **options):
        done = subprocess.run([program(), *words], capture_output=True, timeout=PATIENCE,
                              stdin=subprocess.DEVNULL, env=self.environment(), **options)
        return Outcome(done.returncode, done.stdout.decode(errors="replace"),
                       done.stderr.decode(errors="replace"))

    def ask(self, command, *words):
        """The answer of the running daemon, as the command prints it."""
        outcome = self.mcastd(command, "--socket", self.control, "--json", *words)
        self.assertEqual(outcome.code, 0, outcome)
        return json.loads(outcome.out)

    def why(self):
        outcome = self.mcastd("why", "--socket", self.control, "--state", self.state, "--json")
        self.assertEqual(outcome.code, 0, outcome)
        return json.loads(outcome.out)


def main():
    program()
    unittest.main(verbosity=2)
