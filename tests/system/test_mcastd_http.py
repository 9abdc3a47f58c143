"""The HTTP of mcastd among clients that are slow or mean no good, and over a reload."""

import os
import signal
import socket
import threading
import time
import unittest
import urllib.error
import urllib.request

import mcastd_case
from cli_case import PATIENCE
from mcastd_case import McastdTest

SOON = 1.5  # seconds: less than any client is given
RESIDENT_MORE_MAX = 16 << 20  # bytes; what a client without an end to its line may make it grow


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Dripping:
    """Connections that send a byte now and then, until they are closed."""

    def __init__(self, port, count):
        self.sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._drip)
        self.thread.start()

    def _drip(self):
        while not self.over.wait(0.2):
            for one in self.sockets:
                try:
                    one.send(b"x")
                except OSError:
                    pass  # closed, which is what others look for

    def close(self):
        self.over.set()
        self.thread.join()
        for one in self.sockets:
            one.close()


class Http(McastdTest):
    def setUp(self):
        super().setUp()
        self.http = free_port()
        self.listen(f"127.0.0.1:{self.http}")

    def listen(self, where, top=""):
        self.write(f'[metrics]\nlisten = "{where}"\n', top)

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}",
                                        timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def drip(self, count):
        made = Dripping(self.http, count)
        self.addCleanup(made.close)
        return made

    def reload(self):
        return self.mcastd("reload", "--socket", self.control)


class Slow(Http):
    def test_a_client_has_three_seconds_for_all_of_its_request(self):
        self.start()
        begun = time.monotonic()
        client = self.drip(1).sockets[0]
        client.settimeout(PATIENCE)
        try:
            self.assertEqual(client.recv(1), b"")
        except ConnectionResetError:
            pass
        self.assertLess(time.monotonic() - begun, 6)

    def test_slow_clients_hold_up_neither_others_nor_a_reload_nor_the_end(self):
        daemon = self.start()
        self.drip(4)
        self.assertEqual(self.get("/healthz")[0], 200)
        before, self.http = self.http, free_port()
        self.listen(f"127.0.0.1:{self.http}")
        begun = time.monotonic()
        self.assertEqual(self.reload().code, 0)
        self.ask("status")
        self.assertLess(time.monotonic() - begun, SOON)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", before))
        self.drip(4)
        begun = time.monotonic()
        self.assertEqual(daemon.end(signal.SIGTERM).code, 0)
        self.assertLess(time.monotonic() - begun, SOON)
        self.assertEqual(self.why()["last"]["end"], "stopped")

    def test_a_line_without_end_takes_no_memory(self):
        daemon = self.start()

        def resident():
            with open(f"/proc/{daemon.process.pid}/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        before = most = resident()
        chunk = b"x" * (1 << 20)
        for _ in range(4):
            with socket.create_connection(("127.0.0.1", self.http), timeout=PATIENCE) as client:
                try:
                    for _ in range(64):
                        client.sendall(chunk)
                        most = max(most, resident())
                except OSError:
                    pass  # it was closed, as it should be
        self.assertLess(most - before, RESIDENT_MORE_MAX)
        self.assertEqual(self.get("/healthz")[0], 200)


class Reloading(Http):
    def test_another_address_of_the_same_port_is_taken(self):
        self.start()
        for where in ("0.0.0.0", "127.0.0.1"):  # each holds the port against the other
            self.listen(f"{where}:{self.http}")
            outcome = self.reload()
            self.assertEqual((outcome.code, outcome.err), (0, ""))
            self.assertEqual(self.get("/healthz"), (200, "ok\n"))

    def test_a_new_endpoint_shows_what_is_at_once(self):
        self.start()
        for reloads in range(1, 6):
            self.http = free_port()
            self.listen(f"127.0.0.1:{self.http}")
            self.assertEqual(self.reload().code, 0)
            self.assertIn(f"mcastd_reloads_total {reloads}\n", self.get("/metrics")[1])
            self.assertEqual(self.get("/healthz")[0], 200)

    def test_what_is_refused_leaves_the_old_endpoint(self):
        self.start()
        with socket.socket() as holder:
            holder.bind(("127.0.0.2", self.http))
            holder.listen()
            for where in ("127.0.0.2", "0.0.0.0"):  # for the second the old one is closed first
                self.listen(f"{where}:{self.http}")
                outcome = self.reload()
                self.assertEqual(outcome.code, 1)
                self.assertIn("Address already in use", outcome.err)
                self.assertEqual(self.get("/healthz")[0], 200)
        self.listen(f"192.0.2.1:{self.http}")  # no address of ours
        self.assertEqual(self.reload().code, 1)
        self.assertEqual(self.get("/healthz")[0], 200)


if __name__ == "__main__":
    mcastd_case.main()
