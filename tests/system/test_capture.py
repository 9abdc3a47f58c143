"""What is on the wire is Cap'n Proto: the capnp tool reads captures with schemas/ alone.

Of kernel sockets, of io_uring and of DPDK on AF_PACKET and AF_XDP, each with kernel sockets at the
other end. Whatever is seen on the cable is read, to the last byte."""

import collections
import json
import os
import struct
import subprocess
import tempfile
import time
import unittest

import lab
import system_case
from system_case import BACKEND, PORTS, SystemTest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WIRE = os.path.join(ROOT, "schemas", "wire.capnp")
CONTROL = os.path.join(ROOT, "schemas", "control.capnp")
PROBE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs", "probe.capnp")
DATA, FRAGMENT, ANNOUNCE, BYE, PING, PONG = range(6)  # DatagramKind of wire.capnp
CONTROLS = {ANNOUNCE: "Announce", BYE: "Bye", PING: "Ping", PONG: "Pong"}
# Who is captured; the other end has kernel sockets.
SPEAKERS = {"socket": ["socket"], "uring": ["uring"],
            "dpdk": ["dpdk:net_af_packet0,iface=e0", "dpdk:net_af_xdp0,iface=e0"]}[BACKEND]


def first_frame(data):
    """The first message and the rest, told apart by nothing but standard stream framing."""
    segments = struct.unpack_from("<I", data)[0] + 1
    table = (4 * (1 + segments) + 7) // 8 * 8
    size = table + 8 * sum(struct.unpack_from(f"<{segments}I", data, 4))
    return data[:size], data[size:]


def decode(messages, schema, name):
    """All of them by the capnp tool, in one go, as JSON objects."""
    with tempfile.TemporaryFile() as file:
        file.write(b"".join(messages))
        file.seek(0)
        done = subprocess.run(["capnp", "convert", "binary:json", schema, name], stdin=file,
                              capture_output=True, text=True, timeout=60)
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"capnp: {done.stderr}")
    objects, rest, decoder = [], done.stdout.lstrip(), json.JSONDecoder()
    while rest:
        value, end = decoder.raw_decode(rest)
        objects.append(value)
        rest = rest[end:].lstrip()
    if len(objects) != len(messages):
        raise AssertionError(f"{len(objects)} of {len(messages)} {name}")
    return objects


class Seen:
    """A capture, read: what each peer said by name. Fails if anything in it cannot be read."""

    def __init__(self, datagrams):
        check = unittest.TestCase()
        split = [first_frame(datagram) for datagram in datagrams]
        headers = decode([header for header, _ in split], WIRE, "Datagram")
        self.headers = collections.defaultdict(list)   # (origin, topic): of each datagram
        self.controls = collections.defaultdict(list)  # (origin, kind): the messages
        self.names = {}                                # of peers, by origin
        messages, fragments, said = [], [], collections.defaultdict(list)
        for header, (_, rest) in zip(headers, split):
            check.assertEqual(int(header["magic"]).to_bytes(4, "little"), b"MCST")
            check.assertEqual((header["version"], header.get("hops", 0)), (1, 0))
            check.assertLess(abs(int(header["sentAt"]) / 1e9 - time.time()), 100)
            origin, kind = header["origin"], header.get("kind", DATA)
            stream = origin, header.get("topic", "0")
            check.assertEqual(stream[1] == "0", kind in CONTROLS, header)
            for _ in range(header.get("messageCount", 0)):
                message, rest = first_frame(rest)
                if kind == DATA:
                    messages.append((stream, message))
                elif kind == FRAGMENT:
                    fragments.append((stream, message))
                else:
                    said[kind].append((origin, message))
            check.assertEqual(rest.strip(b"\0"), b"", "behind the messages is padding")
            if kind not in CONTROLS:
                self.headers[stream].append(header)
        check.assertEqual(len({header["domain"] for header in headers}), 1)
        for kind, pairs in said.items():
            bodies = decode([body for _, body in pairs], CONTROL, CONTROLS[kind])
            for (origin, _), body in zip(pairs, bodies):
                self.controls[origin, kind].append(body)
                if kind == ANNOUNCE:
                    self.names[origin] = body["name"]
        messages += self._whole(fragments)
        self.counts = collections.defaultdict(list)    # (origin, topic): the messages, typed
        bodies = decode([body for _, body in messages], PROBE, "Count") if messages else []
        for (stream, _), body in zip(messages, bodies):
            self.counts[stream].append((int(body["number"]), len(body.get("padding", []))))

    @staticmethod
    def _whole(fragments):
        """The messages that came in pieces."""
        whole, pieces = [], collections.defaultdict(dict)
        bodies = decode([body for _, body in fragments], WIRE, "Fragment") if fragments else []
        for (stream, _), piece in zip(fragments, bodies):
            have = pieces[stream]
            if piece.get("index", 0) == 0:
                have.clear()
            have[piece.get("index", 0)] = bytes(piece["data"])
            if len(have) == piece["count"]:
                message = b"".join(have[index] for index in range(piece["count"]))
                if len(message) != piece["size"]:
                    raise AssertionError(f"{len(message)} bytes of {piece['size']}")
                whole.append((stream, message))
        return whole

    def of(self, name, kind):
        return [body for (origin, what), bodies in self.controls.items() for body in bodies
                if what == kind and self.names.get(origin) == name]

    def stream(self, name):
        """The key of that peer's only topic."""
        found = {stream for stream in self.headers if self.names.get(stream[0]) == name}
        if len(found) != 1:
            raise AssertionError(f"{name} publishes {found}, of {self.names}")
        return found.pop()


class Captures(SystemTest):
    def talk_on_cable(self, speaker, more, *arguments):
        """A tv of that backend and a pad with sockets, until both have heard so many messages."""
        lan = self.net.bridge(f"lan{SPEAKERS.index(speaker)}")
        tv, pad = self.net.namespace("tv"), self.net.namespace("pad")
        self.net.link(tv, "e0", lan, "10.1.0.1/24")
        self.net.link(pad, "e0", lan, "10.1.0.2/24")
        if speaker.startswith("dpdk"):  # checksums: there is no device behind a veth
            pad.run("ethtool", "-K", "e0", "tx", "off")
        self.cable = pad.capture("e0")
        host = self.probe(tv, "tv", "--publish", "world", "--subscribe", "input", *arguments,
                          backend=speaker)
        controller = self.probe(pad, "pad", "--publish", "input", "--subscribe", "world",
                                *arguments, backend="socket")
        host.hears("pad", "input", more, within=15)
        controller.hears("tv", "world", more, within=15)
        self.assertEqual(controller.process.stop(), 0)
        host.event("peer-down", peer="pad")
        self.assertEqual(host.process.stop(), 0)

    def check_streams(self, seen, more, size):
        for name in ("tv", "pad"):
            stream = seen.stream(name)
            sequences = [int(header["sequence"]) for header in seen.headers[stream]]
            numbers = [number for number, _ in seen.counts[stream]]
            for values in (sequences, numbers):
                self.assertEqual(values, list(range(values[0], values[0] + len(values))), name)
            self.assertGreaterEqual(len(numbers), more)
            self.assertEqual({padding for _, padding in seen.counts[stream]}, {size})

    def check_controls(self, seen):
        for name, publishes, subscribes in (("tv", "world", "input"), ("pad", "input", "world")):
            latest = seen.of(name, ANNOUNCE)[-1]
            self.assertTrue(latest["software"].startswith("libmcast "))
            topics = {topic["name"]: topic for topic in latest["topics"]}
            self.assertEqual(set(topics), {"world", "input"})
            self.assertTrue(topics[publishes]["publishes"])
            self.assertTrue(topics[subscribes]["subscribes"])
            self.assertFalse(topics[publishes].get("subscribes", False))
            self.assertEqual(len({topic["typeId"] for topic in topics.values()}), 1)
        self.assertTrue(seen.of("pad", BYE), "it says bye")

    def test_capnp_reads_messages_in_runs_and_announcements(self):
        for speaker in SPEAKERS:
            with self.subTest(speaker=speaker):
                self.talk_on_cable(speaker, 200, "--rate", "50", "--burst", "40", "--size", "300")
                captured = [payload for *_, payload in self.cable.datagrams(PORTS)]
                seen = Seen(captured)
                self.check_streams(seen, 200, 300)
                self.check_controls(seen)
                # Several messages in a datagram, and, where the kernel cuts them, in a run.
                for name in ("tv", "pad"):
                    self.assertTrue(any(header["messageCount"] > 2
                                        for header in seen.headers[seen.stream(name)]))
                if not speaker.startswith("dpdk"):
                    self.assertGreater(len([size for size in self.cable.run_sizes if size]), 10)
                # A datagram as it is, uncut: a stream whose first message is the header.
                for kind in (DATA, ANNOUNCE):
                    data = next(each for each in captured if each[16 + 5] == kind)
                    whole = subprocess.run(["capnp", "decode", "--short", WIRE, "Datagram"],
                                           input=data, capture_output=True, timeout=20)
                    origin = struct.unpack_from("<Q", data, 24)[0]
                    self.assertIn(f"origin = {origin}", whole.stdout.decode().splitlines()[0])
                self.check_that_wrong_bytes_are_noticed(captured)

    def check_that_wrong_bytes_are_noticed(self, captured):
        """So that the above can fail: a byte of the header, of its pointer, of a message."""
        data = next(each for each in captured if each[16 + 5] == DATA)
        header, rest = first_frame(data)
        for where in (4, 8 + 4, 16, 16 + 4, len(header) + 4, len(header) + 8 + 4):
            wrong = bytearray(data)
            wrong[where] ^= 0x55
            with self.subTest(where=where), self.assertRaises((AssertionError, struct.error)):
                Seen([bytes(wrong)])
        self.assertEqual(len(Seen([data]).headers), 1, "and the right bytes are not at fault")

    def test_capnp_reads_messages_in_fragments(self):
        for speaker in SPEAKERS:
            with self.subTest(speaker=speaker):
                self.talk_on_cable(speaker, 20, "--size", "9000")
                seen = Seen([payload for *_, payload in self.cable.datagrams(PORTS)])
                self.check_streams(seen, 20, 9000)
                for name in ("tv", "pad"):
                    kinds = {header["kind"] for header in seen.headers[seen.stream(name)]}
                    self.assertEqual(kinds, {FRAGMENT})


class Sizes(SystemTest):
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


if BACKEND == "dpdk":
    del Sizes  # of kernel sockets at both ends

if __name__ == "__main__":
    system_case.main()
