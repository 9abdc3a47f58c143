"""Decodes schemas/vectors with nothing but the schemas and `capnp decode`.

`decode_vectors.py CAPNP SCHEMAS` holds each good vector against the text beside it;
with --write it writes these texts anew.
"""

import json
import pathlib
import struct
import subprocess
import sys
import unittest

# Kind of a datagram: schema and type of the messages behind its header.
MESSAGES = {
    0: ("bytes.capnp", "Bytes"),  # by what the vectors' topic says
    1: ("wire.capnp", "Fragment"),
    2: ("control.capnp", "Announce"),
    3: ("control.capnp", "Bye"),
    4: ("control.capnp", "Ping"),
    5: ("control.capnp", "Pong"),
    6: ("control.capnp", "Heartbeat"),
    7: ("control.capnp", "Nak"),
    8: ("control.capnp", "ReceiverReport"),
    9: ("wire.capnp", "Parity"),
}
PADDING = {"data-padded": 24}

capnp, schemas = sys.argv[1], pathlib.Path(sys.argv[2])


def decode(schema, root, data):
    result = subprocess.run(
        [capnp, "decode", "--short", str(schemas / schema), root],
        input=data, capture_output=True, check=False)
    if result.returncode != 0 or result.stderr:
        raise AssertionError(f"capnp decode {schema} {root}: {result.stderr.decode()}")
    return result.stdout.decode()


def decode_datagram(name):
    data = (schemas / "vectors" / f"{name}.bin").read_bytes()
    header_size = 8 + 8 * struct.unpack_from("<I", data, 4)[0]
    header, messages = data[:header_size], data[header_size:len(data) - PADDING.get(name, 0)]
    text = decode("wire.capnp", "Datagram", header)
    if messages:
        text += decode(*MESSAGES[data[21]], messages)
    return text


def good_vectors():
    index = json.loads((schemas / "vectors" / "index.json").read_text(encoding="utf-8"))
    return [entry["file"].removesuffix(".bin") for entry in index if entry["verdict"] == "ok"]


class Vectors(unittest.TestCase):
    def test_decode_with_only_the_schemas(self):
        names = good_vectors()
        self.assertGreaterEqual(len(names), 12)
        for name in names:
            with self.subTest(name):
                expected = (schemas / "vectors" / f"{name}.txt").read_text(encoding="utf-8")
                self.assertEqual(decode_datagram(name), expected)

    def test_a_whole_datagram_is_a_message_stream(self):
        # Read as it is, its first message is the header; further lines are the messages, seen
        # through the header's type.
        data = (schemas / "vectors" / "data.bin").read_bytes()
        lines = decode("wire.capnp", "Datagram", data).splitlines()
        self.assertEqual(len(lines), 1 + 3)
        self.assertIn("magic = 1414742861", lines[0])
        self.assertIn("messageCount = 3", lines[0])

    def test_fragments_are_the_message_again(self):
        whole = b""
        for index in range(3):
            data = (schemas / "vectors" / f"fragment-{index}.bin").read_bytes()
            length = struct.unpack_from("<I", data, 92)[0] >> 3
            whole += data[96:96 + length]
        text = decode("bytes.capnp", "Bytes", whole)
        alphabet = "abcdefghijklmnopqrstuvwxyz"
        self.assertEqual(text, f'(data = "{(alphabet * 8)[:200]}")\n')


if __name__ == "__main__":
    if "--write" in sys.argv:
        for vector in good_vectors():
            path = schemas / "vectors" / f"{vector}.txt"
            path.write_text(decode_datagram(vector), encoding="utf-8")
        sys.exit(0)
    unittest.main(argv=sys.argv[:1], verbosity=2)
