"""What is on the wire is Cap'n Proto: the capnp tool reads captures with schemas/ alone."""

import json
import os
import struct
import subprocess
import tempfile
import unittest

import lab
import system_case
from system_case import PORTS, SystemTest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCHEMAS = os.path.join(ROOT, "schemas")
PROBE_SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs", "probe.capnp")
DATA, ANNOUNCE = 0, 2  # DatagramKind of wire.capnp


def frames(datagram):
    """The messages of a datagram, cut by nothing but standard stream framing."""
    while datagram:
        segments = struct.unpack_from("<I", datagram)[0] + 1
        table = (4 * (1 + segments) + 7) // 8 * 8
        size = table + 8 * sum(struct.unpack_from(f"<{segments}I", datagram, 4))
        yield datagram[:size]
        datagram = datagram[size:]


class Capture(SystemTest):
    def decode(self, data, schema, struct_name):
        """By the capnp tool, from a file."""
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.seek(0)
            done = subprocess.run(["capnp", "convert", "binary:json", schema, struct_name],
                                  stdin=file, capture_output=True, timeout=20)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return json.loads(done.stdout)

    def capture(self, kind):
        """A datagram of that kind, seen on the cable."""
        seen = self.cable.datagrams(PORTS)
        return next((payload for *_, payload in seen
                     if len(payload) > 64 and payload[16 + 5] == kind), None)

    def test_capnp_reads_a_capture(self):
        _, tv, pad, _ = self.pair()
        self.cable = pad.capture("e0")
        host, controller = self.talk(tv, pad)
        host.hears("pad", "input")
        controller.hears("tv", "world")
        wire = os.path.join(SCHEMAS, "wire.capnp")

        announcement = lab.eventually(lambda: self.capture(ANNOUNCE), 5, "an announcement")
        header, body = frames(announcement)
        header = self.decode(header, wire, "Datagram")
        self.assertEqual(int(header["magic"]).to_bytes(4, "little"), b"MCST")
        self.assertEqual((header["version"], header["kind"]), (1, ANNOUNCE))
        body = self.decode(body, os.path.join(SCHEMAS, "control.capnp"), "Announce")
        self.assertIn(body["name"], ("tv", "pad"))
        topics = {topic["name"]: topic for topic in body["topics"]}
        self.assertEqual(set(topics), {"world", "input"})
        self.assertEqual(topics["world"].get("publishes", False), body["name"] == "tv")
        self.assertEqual(topics["input"].get("publishes", False), body["name"] == "pad")

        data = lab.eventually(lambda: self.capture(DATA), 5, "a datagram of a topic")
        header, *messages = frames(data)
        header = self.decode(header, wire, "Datagram")
        self.assertEqual(header["kind"], DATA)
        self.assertEqual(header["messageCount"], len(messages))
        self.assertGreater(int(header["sequence"]), 0)
        for message in messages:
            self.assertGreaterEqual(int(self.decode(message, PROBE_SCHEMA, "Count")["number"]), 0)

        # The datagram as it is, uncut: a stream whose first message is the header.
        whole = subprocess.run(["capnp", "decode", "--short", wire, "Datagram"], input=data,
                               capture_output=True, timeout=20)
        self.assertIn(f"origin = {header['origin']}", whole.stdout.decode().splitlines()[0])

    def test_no_datagram_is_larger_than_the_mtu(self):
        """Messages of 10 kB over an MTU of 1400: fragments of ours, none of IP's."""
        _, tv, pad, _ = self.pair()
        for namespace in (tv, pad):
            namespace.ip("link set e0 mtu 1400")
            # As a wire would have them: otherwise a run passes the cable in one piece.
            namespace.run("ethtool", "-K", "e0", "tx-udp-segmentation", "off")
        cable = pad.capture("e0")
        self.probe(tv, "tv", "--publish", "large", "--size", "10000", "--rate", "50")
        reader = self.probe(pad, "pad", "--subscribe", "large")
        stream = reader.hears("tv", "large", 50)
        self.assertEqual(stream["missing"], 0)
        sizes = [len(packet) for packet in cable.read()]
        self.assertLessEqual(max(sizes), 1400)
        self.assertGreater(max(sizes), 1300)  # and they are well filled
        for packet in cable.read():
            if packet[0] >> 4 == 4:
                self.assertEqual(struct.unpack("!H", packet[6:8])[0] & 0x3FFF, 0)  # MF, offset


if __name__ == "__main__":
    system_case.main()
