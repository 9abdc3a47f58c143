"""mcastd carries foreign groups: discovery across subnets with programs that nobody here wrote (SSDP
by MiniUPnP's client and daemon, a game server that is found by broadcast), and two daemons."""

import os
import shutil
import socket
import subprocess
import tempfile
import time

import foreign_case
import lab
from foreign_case import Ear, ForeignTest

GATEWAY = "urn:schemas-upnp-org:device:InternetGatewayDevice:1"
LOCATION = "http://10.2.0.1:5000/root.xml"


def installed(name, package):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/games")
    if not found:
        raise AssertionError(f"{name} is missing (Debian: {package}; tools/setup installs it)")
    return found


def counted(text):
    """A string as minissdpd's socket wants it: its length in bytes of seven bits, and itself."""
    assert len(text) < 128
    return bytes([len(text)]) + text.encode()


class Programs(ForeignTest):
    def responder(self):
        """minissdpd in b, which answers searches for a gateway that is registered with it."""
        daemon = installed("minissdpd", "minissdpd")
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        path = os.path.join(folder, "socket")
        self.b.start([daemon, "-d", "-i", "e0", "-s", path, "-p", os.path.join(folder, "pid")])
        lab.eventually(lambda: os.path.exists(path), 5, "minissdpd listens")
        register = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(register.close)
        lab.eventually(lambda: register.connect_ex(path) == 0, 5, "minissdpd answers")
        # Its request 4: a service, with type, unique name, server and location.
        register.send(b"\4" + counted(GATEWAY) + counted("uuid:1234::" + GATEWAY) +
                      counted("Debian/12 UPnP/1.1 test/1") + counted(LOCATION))

    def test_upnpc_finds_what_minissdpd_has(self):
        client = installed("upnpc", "miniupnpc")
        self.responder()
        without = self.a.start([client, "-m", "e0", "-s"])
        without.line(lambda text: "No IGD UPnP Device found" in text, 15)
        relay = self.daemon('[[foreign]]\npreset = "ssdp"\n')
        found = self.a.start([client, "-m", "e0", "-s"])
        found.line(lambda text: LOCATION in text, 15, what="the gateway's description")
        way = next(one for one in self.routes(relay) if one["from"] == "ea")
        self.assertGreater(way["forwarded"]["datagrams"], 0, way)
        if shutil.which("gssdp-discover"):  # of gupnp-tools, which brings GTK
            search = self.a.start(["gssdp-discover", "-i", "e0", "-t", GATEWAY, "-n", "5"])
            search.line(lambda text: LOCATION in text, 15, what="gssdp-discover finds it, too")

    def test_a_cube2_server_is_found_by_broadcast(self):
        server = installed("cube2-server", "cube2-server")
        browser = installed("quakestat", "qstat")
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        # Not to be told to the master server, which is not here.
        self.b.start([server, "-q" + folder, "-m", "-nfar away"])

        def found():
            # It asks the port behind the one that it is told.
            return self.a.run(browser, "-cubes", "+255.255.255.255:28783", check=False)

        def names(text):
            return [line for line in text.splitlines() if "far away" in line]
        time.sleep(0.5)
        self.assertEqual(names(found()), [])
        self.daemon('[[foreign]]\npreset = "cube2"\n')
        line = lab.eventually(lambda: names(found()), 20, "the server is in the list")[0]
        # The answer came to the asker from the relay.
        self.assertIn("10.1.0.9", line)

    def test_rules_decide_and_are_reloaded(self):
        relay = self.daemon('[[foreign]]\ngroup = "239.1.2.3"\nport = 5000\nboth = true\n')
        hears = Ear(self.b, "e0", "239.1.2.3", 5000)
        speaker = Ear(self.a, "e0", None, 40000)
        speaker.say(b"before", "239.1.2.3", 5000)
        hears.hears(b"before")
        with open(relay.config, "a", encoding="utf-8") as file:
            file.write('[[rule]]\nsource = "10.1.0.1"\ngroup = "239.1.2.3:5000"\naction = "drop"\n')
        subprocess.run([foreign_case.program("MCASTD_BIN"), "reload"], env=relay.env, check=True,
                       capture_output=True, timeout=10)
        speaker.say(b"after", "239.1.2.3", 5000)
        lab.eventually(lambda: any("rule" in route["dropped"] for route in self.routes(relay)), 5,
                       "the rule is counted")
        self.assertEqual(hears.count(b"after"), 0)

    def test_of_two_daemons_one_carries_and_the_other_takes_over(self):
        text = '[[foreign]]\ngroup = "239.1.2.3"\nport = 5000\nboth = true\n'
        daemons = [self.daemon(text, f"r{number}", number) for number in (8, 9)]

        def carrying():
            return [daemon for daemon in daemons
                    if any(route["active"] for route in self.routes(daemon))]
        lab.eventually(lambda: len(carrying()) == 1, 5, "one carries")
        hears = Ear(self.b, "e0", "239.1.2.3", 5000)
        speaker = Ear(self.a, "e0", "239.1.2.3", 5000)
        for number in range(30):
            speaker.say(b"%d" % number, "239.1.2.3", 5000)
            time.sleep(0.02)
        hears.hears(b"29")
        self.assertEqual([hears.count(b"%d" % number) for number in range(30)], [1] * 30)
        self.assertEqual([speaker.count(b"%d" % number) for number in range(30)], [0] * 30)
        first = carrying()[0]
        first.kill()
        daemons.remove(first)
        killed = time.monotonic()
        for number in range(1000):
            speaker.say(b"still %d" % number, "239.1.2.3", 5000)
            if any(one[0].startswith(b"still") for one in hears.read()):
                break
            time.sleep(0.02)
        gap = time.monotonic() - killed
        print(f"the other took over after {gap * 1000:.0f} ms", flush=True)
        self.assertLess(gap, 1.0)


if __name__ == "__main__":
    foreign_case.main()
