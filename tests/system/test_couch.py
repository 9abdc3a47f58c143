"""examples/couch: eight controllers at 120 Hz that join and leave while the host runs."""

import json
import os
import signal
import tempfile
import time
import unittest

import system_case
from system_case import BACKEND, SystemTest, program


class Couch(SystemTest):
    def couch(self, namespace, role, *arguments, backend=BACKEND):
        return namespace.start([program("COUCH"), role, "--backend", backend, *arguments])

    def report(self, path, event):
        with open(path, encoding="utf-8") as file:
            return [line for line in map(json.loads, file) if line["event"] == event]

    def test_eight_controllers(self):
        lan = self.net.bridge("lan")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        host_report = os.path.join(folder.name, "host")
        tv = self.net.namespace("tv")
        self.net.link(tv, "e0", lan, "10.1.0.100/24")
        host = self.couch(tv, "host", "--report", host_report)
        pads = {}
        for number in range(1, 9):
            name = f"pad-{number}"
            namespace = self.net.namespace(name)
            self.net.link(namespace, "e0", lan, f"10.1.0.{number}/24")
            path = os.path.join(folder.name, name)
            # Backends meet on the wire: half of the pads have plain sockets.
            pads[name] = path, self.couch(namespace, "pad", "--name", name, "--report", path,
                                          backend=BACKEND if number % 2 else "socket")
        for name in pads:
            host.line(lambda text: f"'{name}'" in text and "is up" in text, what=f"{name} is found")
        for name, (_, pad) in pads.items():
            pad.line(lambda text: "'host'" in text and "is up" in text, what=f"{name} finds the host")
        time.sleep(4)  # the game
        leaver = pads["pad-8"][1]
        self.assertEqual(leaver.stop(), 0)
        host.line(lambda text: "'pad-8'" in text and "is down" in text, within=1,
                  what="the bye of pad-8")
        for name, (_, pad) in pads.items():
            self.assertEqual(pad.stop(), 0)
        host.line(lambda text: "'pad-1'" in text and "is down" in text)
        self.assertEqual(host.stop(), 0)

        heard = {line["peer"]: line for line in self.report(host_report, "total")}
        self.assertEqual(set(heard), set(pads))
        for name, (path, _) in pads.items():
            rates = [line["rate"] for line in self.report(host_report, "second")
                     if line["peer"] == name][1:-1]
            self.assertGreaterEqual(sorted(rates)[len(rates) // 2], 114, (name, rates))
            self.assertEqual((heard[name]["lost"], heard[name]["missed"]), (0, 0), heard[name])
            self.assertEqual(heard[name]["interfaces"], ["e0"])
            world, = [line for line in self.report(path, "total") if line["peer"] == "host"]
            rates = [line["rate"] for line in self.report(path, "second")
                     if line["peer"] == "host"][1:-1]
            self.assertGreaterEqual(sorted(rates)[len(rates) // 2], 57, (name, rates))
            self.assertEqual(world["lost"], 0, world)

    def test_wrong_arguments(self):
        here = self.net.namespace("here")
        for words in ([], ["guest"], ["pad", "--colour", "red"], ["host", "--duration", "soon"],
                      ["pad", "--name"]):
            done = here.start([program("COUCH"), *words])
            self.assertEqual(done.wait(), 2)
            self.assertIn("usage: couch host|pad", done.text())
        done = here.start([program("COUCH"), "pad", "--interface", "type=carrier-pigeon"])
        self.assertEqual(done.wait(), 1)
        self.assertIn("carrier-pigeon", done.text())
        done = self.couch(here, "pad", backend="tin-can")
        self.assertEqual(done.wait(), 1)
        self.assertIn("'tin-can' is not known; there are: socket, uring", done.text())

    def test_interrupt_says_bye(self):
        here = self.net.namespace("here")
        host = self.couch(here, "host")
        pad = self.couch(here, "pad")
        host.line(lambda text: "'pad'" in text and "is up" in text)
        pad.signal(signal.SIGINT)
        self.assertEqual(pad.wait(), 0)
        host.line(lambda text: "'pad'" in text and "is down" in text, within=1)


if __name__ == "__main__":
    system_case.main()
