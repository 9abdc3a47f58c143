"""What the tests of mcastd across network namespaces have in common: LANs and relays between."""

import json
import os
import subprocess
import tempfile

from system_case import SystemTest, program

FORWARD = 'default = "forward"\n'


class RelayTest(SystemTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def lans(self, count=2):
        """Switches that know nothing of each other; the number of hosts on each so far."""
        self.switches = [self.net.bridge(f"lan{number}") for number in range(count)]
        self.hosts = [0] * count
        self.ports = {}

    def host(self, name, *lans):
        """A host with an interface e0, e1, … on each of these LANs."""
        namespace = self.net.namespace(name)
        for number, lan in enumerate(lans):
            self.hosts[lan] += 1
            self.ports[name, lan] = self.net.link(namespace, f"e{number}", self.switches[lan],
                                                  f"10.{lan + 1}.0.{self.hosts[lan]}/24")
        return namespace

    def isolate(self, lan, *names):
        """These hosts do not hear each other any more: an access point with client isolation."""
        for name in names:
            self.switches[lan].namespace.run("bridge", "link", "set", "dev", self.ports[name, lan],
                                             "isolated", "on")

    def config(self, name, text):
        path = os.path.join(self.folder, name + ".toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def relay(self, namespace, text=FORWARD, wait=True):
        """mcastd, running and ready."""
        path = self.config(namespace.name, f'name = "{namespace.name}"\n' + text)
        home = os.path.join(self.folder, namespace.name)
        os.makedirs(home, exist_ok=True)
        daemon = namespace.start([program("MCASTD_BIN"), "run", "--config", path, "--state", home],
                                 env=self.environment(namespace))
        if wait:
            daemon.line(lambda line: "relay '" in line, what="the relay has started")
        return daemon

    def environment(self, namespace):
        """Where the relay there is asked."""
        return {**os.environ, "MCAST_CONTROL_SOCKET": os.path.join(self.folder, namespace.name,
                                                                   "control")}

    def view(self, namespace, command="status"):
        """What `mcastd COMMAND --json` says of the relay there."""
        done = subprocess.run([program("MCASTD_BIN"), command, "--json"], text=True,
                              capture_output=True, timeout=10, env=self.environment(namespace))
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def mcast(self, namespace, *words):
        return namespace.start([program("MCAST_BIN"), *words])

    def peers(self, namespace, duration="2s"):
        """By name, what `mcast peers` finds there."""
        done = self.mcast(namespace, "peers", "--json", "--duration", duration)
        self.assertEqual(done.wait(15), 0, done.text())
        found = {}
        for line in done.objects():
            for peer in line.get("peers", []):
                found[peer["name"]] = peer
        return found
