"""What the tests of send-file and receive-file have in common: a LAN that loses, and folders."""

import hashlib
import os
import shutil
import tempfile

import cli_case
import lab

SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "mcast",
                       "file")


def lossy(namespace, percent):
    """Of what arrives over UDP, one in so many is lost: runs of datagrams (GSO) as a whole."""
    namespace.nft(f"table inet loss {{ chain in {{ type filter hook input priority 0; policy accept; "
                  f"meta l4proto udp numgen random mod 100 < {percent} drop; }}; }}\n")


def single_datagrams(namespace, interface):
    """No runs: a datagram is lost alone, as on a wire."""
    namespace.run("ethtool", "-K", interface, "tx-udp-segmentation", "off", "gso", "off", "gro",
                  "off", check=False)


class Station:
    """A host of the LAN with a folder of its own."""

    def __init__(self, case, namespace, name):
        self.case, self.namespace, self.name = case, namespace, name
        self.folder = os.path.join(case.folder, name)
        os.mkdir(self.folder)

    def start(self, command, *words):
        words = [cli_case.program(), command, "--domain", "lab", "-i", "e0", "--name", self.name,
                 "--json", *words]
        return self.namespace.start(words)

    def receive(self, *words):
        return self.start("receive-file", "--into", self.folder, *words)

    def path(self, name):
        return os.path.join(self.folder, name)


def outcome(process, within=120.0):
    """The JSON that a command printed in the end, after it ended well."""
    code = process.wait(within)
    if code != 0:
        raise AssertionError(f"exit code {code}: {process.text()}")
    return process.objects()[-1]


def digest(path):
    made = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            made.update(block)
    return made.hexdigest()


def make_file(path, size):
    """Random bytes, so that no part of it is like another."""
    with open(path, "wb") as file:
        for _ in range(size >> 20):
            file.write(os.urandom(1 << 20))
        file.write(os.urandom(size & ((1 << 20) - 1)))
    return digest(path)


class Stations:
    """A sender and receivers on one bridge; `loss` in percent for each receiver."""

    def __init__(self, case, receivers, loss, folder=None):
        self.folder = tempfile.mkdtemp(prefix="mcast-files-", dir=folder)
        case.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        net = lab.Lab()
        net.__enter__()
        case.addCleanup(net.__exit__, None, None, None)
        bridge = net.bridge("lan")
        self.all = []
        for number in range(receivers + 1):
            namespace = net.namespace("tv" if number == 0 else f"pad-{number}")
            net.link(namespace, "e0", bridge, f"10.1.0.{number + 1}/24")
            single_datagrams(namespace, "e0")
            if number > 0 and loss:
                lossy(namespace, loss)
            self.all.append(Station(self, namespace, namespace.name))
        self.sender, self.receivers = self.all[0], self.all[1:]

    def send(self, path, *words):
        return self.sender.start("send-file", path, *words)
