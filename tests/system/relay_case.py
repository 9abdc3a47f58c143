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

    def host(self, name, *lans):
        """A host with an interface e0, e1, … on each of these LANs."""
        namespace = self.net.namespace(name)
        for number, lan in enumerate(lans):
            self.hosts[lan] += 1
            self.net.link(namespace, f"e{number}", self.switches[lan],
                          f"10.{lan + 1}.0.{self.hosts[lan]}/24")
        return namespace

    def config(self, name, text):
        path = os.path.join(self.folder, name + ".toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def relay(self, namespace, text=FORWARD, wait=True):
        """mcastd, running and ready."""
        path = self.config(namespace.name, f'name = "{namespace.name}"\n' + text)
        words = [program("MCASTD"), "run", "--config", path]
        daemon = namespace.start(words, env=self.environment(namespace))
        daemon.config = path
        if wait:
            daemon.line(lambda line: "ready" in line, what="the relay is ready")
        return daemon

    def environment(self, namespace):
        """Where a relay keeps its socket and its state."""
        home = os.path.join(self.folder, namespace.name)
        os.makedirs(home, exist_ok=True)
        return {**os.environ, "MCAST_CONTROL_SOCKET": os.path.join(home, "control"),
                "STATE_DIRECTORY": home, "RUNTIME_DIRECTORY": home}

    def view(self, namespace, command="status"):
        """What `mcastd COMMAND --json` says of the relay there."""
        done = subprocess.run([program("MCASTD"), command, "--json"], text=True,
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
