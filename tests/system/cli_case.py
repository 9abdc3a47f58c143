"""What the tests of the command line have in common: `mcast` on loopback, in a domain of its own.

Every node here is told `-i lo`: no privileges are needed, and nothing is sent anywhere else.
"""

import itertools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import unittest

SCHEMAS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "unit", "tools")
GAME = os.path.join(SCHEMAS, "game.capnp")
PATIENCE = 30.0  # seconds, for what is sure to come; generous, since machines are slow at times
_numbers = itertools.count()


def program():
    path = os.environ.get("MCAST_BIN")
    if not path:
        sys.exit(f"{sys.argv[0]}: MCAST_BIN does not name the program mcast; "
                 f"run it by: meson test --suite system, or give it as the argument")
    return path


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


class Outcome:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def lines(self):
        return self.out.splitlines()

    @property
    def objects(self):
        return [json.loads(line) for line in self.lines]

    def __repr__(self):
        return f"exit code {self.code}\nstdout: {self.out}\nstderr: {self.err}"


class Running:
    """A command that runs on, with its two outputs as they come."""

    def __init__(self, arguments, **options):
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        **{"stdin": subprocess.DEVNULL, **options})
        self.texts = {self.process.stdout: b"", self.process.stderr: b""}

    def _read(self, deadline):
        open_files = [file for file in self.texts if not file.closed]
        if not open_files:
            return False
        ready, _, _ = select.select(open_files, [], [], max(0, deadline - time.monotonic()))
        for file in ready:
            got = os.read(file.fileno(), 65536)
            if got:
                self.texts[file] += got
            else:
                file.close()
        return True

    def until(self, text, error=False):
        """Waits until an output contains `text`; all that output."""
        deadline = time.monotonic() + PATIENCE
        while True:
            so_far = self.text(error)
            if text in so_far:
                return so_far
            if time.monotonic() > deadline or not self._read(deadline):
                raise AssertionError(f"'{text}' did not come; output:\n{self.text(False)}\n"
                                     f"errors:\n{self.text(True)}")

    def text(self, error=False):
        file = self.process.stderr if error else self.process.stdout
        return self.texts[file].decode(errors="replace")

    def end(self, number=None):
        """Its outcome, after a signal if one is given."""
        if number is not None:
            self.process.send_signal(number)
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"it did not end; output:\n{self.text(False)}\n"
                                     f"errors:\n{self.text(True)}")
        return Outcome(self.process.wait(PATIENCE), self.text(False), self.text(True))

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for file in self.texts:
            file.close()


class CliTest(unittest.TestCase):
    def setUp(self):
        self.domain = f"test-cli-{os.getpid()}-{next(_numbers)}"
        self.port = free_port()

    def arguments(self, command, *rest, **options):
        """Its own domain and port on loopback, unless the arguments say otherwise."""
        words = [program(), command, "-i", options.get("interface", "lo"),
                 "--port", str(self.port)]
        if "--domain" not in rest:
            words += ["--domain", self.domain]
        return words + list(rest)

    def plain(self, *words, **options):
        """Runs `mcast` with exactly these arguments."""
        done = subprocess.run([program(), *words], capture_output=True, timeout=PATIENCE,
                              **{"stdin": subprocess.DEVNULL, **options})
        return Outcome(done.returncode, done.stdout.decode(errors="replace"),
                       done.stderr.decode(errors="replace"))

    def mcast(self, command, *rest, text=None, interface="lo"):
        done = subprocess.run(self.arguments(command, *rest, interface=interface),
                              capture_output=True, timeout=PATIENCE,
                              **({"stdin": subprocess.DEVNULL} if text is None
                                 else {"input": text if isinstance(text, bytes)
                                       else text.encode()}))
        return Outcome(done.returncode, done.stdout.decode(errors="replace"),
                       done.stderr.decode(errors="replace"))

    def start(self, command, *rest, **options):
        running = Running(self.arguments(command, *rest), **options)
        self.addCleanup(running.kill)
        return running

    def succeeds(self, outcome):
        self.assertEqual(outcome.code, 0, outcome)
        return outcome

    def one_sentence(self, outcome, code, *parts):
        """It failed with one line on standard error that has all the parts, and said nothing else."""
        self.assertEqual(outcome.code, code, outcome)
        self.assertEqual(outcome.out, "", outcome)
        self.assertEqual(len(outcome.err.splitlines()), 1, outcome)
        self.assertTrue(outcome.err.startswith("mcast: "), outcome)
        for part in parts:
            self.assertIn(part, outcome.err)

    def round_trip(self, sub, pub, text=None):
        """Both ends' outcomes of `mcast sub …` and, once that is there, `mcast pub …`."""
        subscriber = self.start("sub", *sub)
        published = self.succeeds(self.mcast("pub", *pub, text=text))
        return self.succeeds(subscriber.end()), published


def main():
    if len(sys.argv) > 1 and os.path.exists(sys.argv[1]):
        os.environ["MCAST_BIN"] = sys.argv.pop(1)
    program()
    unittest.main(verbosity=2)
