"""Discovery across subnets with programs that nobody here wrote: SSDP by MiniUPnP's client and
daemon, and a game server that is found by broadcast."""

import os
import shutil
import socket
import tempfile
import time

import foreign_case
import lab
from foreign_case import ForeignTest

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
        relay = self.relay("ssdp")
        found = self.a.start([client, "-m", "e0", "-s"])
        found.line(lambda text: LOCATION in text, 15, what="the gateway's description")
        counters = self.way(relay, wanted=lambda way: way["counters"]["replies"] > 0)["counters"]
        self.assertGreater(counters["forwarded"], 0)
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
        self.relay("cube2")
        line = lab.eventually(lambda: names(found()), 20, "the server is in the list")[0]
        # The answer came to the asker from the relay.
        self.assertIn("10.1.0.9", line)


if __name__ == "__main__":
    foreign_case.main()
