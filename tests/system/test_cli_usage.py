#!/usr/bin/env python3
"""`mcast` on the command line: help, and what it says to wrong arguments and wrong files."""

import os
import socket
import tempfile

import cli_case
from cli_case import GAME, SCHEMAS

COMMANDS = ("pub", "sub", "ping", "peers", "interfaces", "ledger", "send-file",
            "receive-file")


class Help(cli_case.CliTest):
    def test_without_arguments_it_prints_help_and_fails(self):
        outcome = self.plain()
        self.assertEqual(outcome.code, 2)
        for command in COMMANDS:
            self.assertIn(f"\n  {command} ", outcome.out)

    def test_help_has_examples(self):
        self.assertIn("Examples:", self.succeeds(self.plain("--help")).out)
        for command in COMMANDS:
            with self.subTest(command=command):
                text = self.succeeds(self.plain(command, "--help")).out
                self.assertIn(f"\n  mcast {command}", text)
                for option in ("--json", "--domain", "-i,--interface", "--duration", "--peer",
                               "--name", "--port", "--ipv4-only", "--ipv6-only", "MCAST_DOMAIN"):
                    self.assertIn(option, text)

    def test_version(self):
        self.assertRegex(self.succeeds(self.plain("--version")).out, r"^mcast \d+\.\d+\.\d+\n$")


class Usage(cli_case.CliTest):
    def refused(self, *words, **options):
        """On loopback and not for long, should it be accepted after all."""
        command, rest = words[:1], words[1:]
        if command[0] in COMMANDS:
            rest = ("-i", "lo", "--duration", "500ms") * ("--duration" not in rest) + rest
        return self.plain(*command, *rest, **options)

    def test_wrong_arguments_are_one_sentence(self):
        for words, parts in [
            (["bogus"], ["bogus", "mcast --help"]),
            (["pub"], ["TOPIC", "mcast pub --help"]),
            (["sub", "a", "b"], ["b", "mcast sub --help"]),
            (["peers", "--nope"], ["--nope", "mcast peers --help"]),
            (["ping"], ["PEER"]),
            (["sub", "x", "--duration", "3q"], ["--duration", "'3q'", "500ms"]),
            (["sub", "x", "--duration", "-1s"], ["'-1s'"]),
            (["sub", "x", "--count", "abc"], ["--count", "'abc'", "whole number"]),
            (["sub", "x", "--count", "0"], ["'0'"]),
            (["pub", "x", "y", "--rate", "fast"], ["--rate", "'fast'"]),
            (["pub", "x", "y", "--wait", "-1"], ["--wait"]),
            (["sub", "x", "-i", "type=wfi"], ["type=wfi", "wifi"]),
            (["sub", "x", "-i", "10.0.0.0/40"], ["10.0.0.0/40"]),
            (["sub", "x", "--peer", "somewhere"], ["'somewhere'", "10.0.0.5:7401"]),
            (["sub", "x", "--port", "70000"], ["--port", "70000", "65535"]),
            (["sub", "x", "--ipv4-only", "--ipv6-only"], ["--ipv4-only", "--ipv6-only"]),
            (["sub", "x", "--name", "n" * 64], ["--name", "64", "63"]),
            (["sub", "x", "--domain", ""], ["--domain"]),
            (["sub", ""], ["TOPIC"]),
            (["sub", "a\nb"], ["TOPIC", "control"]),
            (["sub", "t" * 256], ["TOPIC", "255"]),
        ]:
            with self.subTest(words=words):
                self.one_sentence(self.refused(*words), 2, *parts)

    def test_domain_of_the_environment_is_checked_too(self):
        outcome = self.refused("sub", "x", env={**os.environ, "MCAST_DOMAIN": "d" * 256})
        self.one_sentence(outcome, 2, "domain", "255")

    def test_wrong_schemas_are_one_sentence(self):
        for schema, code, parts in [
            ("none.capnp:Input", 1, ["none.capnp", "No such file"]),
            (SCHEMAS + ":Input", 2, [SCHEMAS, "is a directory"]),
            (f"{GAME}:Imput", 2, ["'Imput'", "did you mean 'Input'", "Input.Inner", "World"]),
            (GAME, 2, ["more than one struct", ":Input", "World"]),
            (os.path.join(SCHEMAS, "broken.capnp") + ":Input", 2,
             ["broken.capnp", "line 4", "Flot32"]),
            (os.path.abspath(__file__) + ":Input", 2, ["test_cli_usage.py", "line "]),
        ]:
            for command in (["pub", "x", "(x = 1)"], ["sub", "x"]):
                with self.subTest(schema=schema, command=command[0]):
                    outcome = self.refused(*command, "--schema", schema)
                    self.one_sentence(outcome, code, f"mcast: {command[0]}: ", *parts)

    def test_a_schema_that_may_not_be_read_says_so(self):
        if os.geteuid() == 0:
            # Root may read everything; a loop of links is a file that even root cannot read.
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "loop.capnp")
                os.symlink(path, path)
                self.one_sentence(self.refused("sub", "x", "--schema", path + ":Input"), 1, path)
            return
        with tempfile.NamedTemporaryFile(suffix=".capnp") as file:
            os.chmod(file.name, 0)
            self.one_sentence(self.refused("sub", "x", "--schema", file.name + ":Input"), 1,
                              "Permission denied")

    def test_wrong_values_are_one_sentence(self):
        for value, parts in [
            ("x = 1", ["neither", "JSON", "Input has x, y"]),
            ("(x = 1, z = 2)", ["column 9", "'z'", "Input has x, y"]),
            ("(x = 1", ["column"]),
            ('(x = "a")', ["column 6", "Float32"]),
            ("(mode = walk)", ["enumerant"]),
            ('{"z": 1}', ["Unknown field (z)", "Input has x, y"]),
            ('{"x": 1', ["prematurely"]),
        ]:
            with self.subTest(value=value):
                outcome = self.refused("pub", "x", value, "--schema", f"{GAME}:Input")
                self.one_sentence(outcome, 2, f"value '{value}' of Input", *parts)


class World(cli_case.CliTest):
    def test_without_a_usable_interface_it_says_why_and_waits(self):
        subscriber = self.start("sub", "x", "-i", "!*", "--duration", "2s")
        outcome = subscriber.end()
        self.assertEqual(outcome.code, 0, outcome)
        self.assertEqual(outcome.err.count("waiting for one:"), 1, outcome)
        self.assertIn("lo (", outcome.err)

    def test_a_port_in_use_is_named(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
            holder.bind(("", 0))
            self.port = holder.getsockname()[1]
            outcome = self.mcast("pub", "x", "hello", "--ipv4-only", "--wait-timeout", "2s")
        self.assertEqual(outcome.code, 1, outcome)
        self.assertIn("Address already in use", outcome.err)
        self.assertIn(f"pid {os.getpid()}", outcome.err)

    def test_output_that_nobody_reads_ends_it_quietly(self):
        subscriber = self.start("sub", "x")
        subscriber.process.stdout.close()
        outcome = subscriber.process.wait(cli_case.PATIENCE)
        self.assertEqual(outcome, 0)
        self.assertEqual(subscriber.process.stderr.read(), b"")


if __name__ == "__main__":
    cli_case.main()
