#!/usr/bin/env python3
"""The shared library shows what the public headers declare, and nothing else.

Takes the library's path without its ending in MCAST_LIBRARY. What the headers declare is read from
the static archive: a hidden function whose class or namespace is declared there lacks MCAST_API.
"""

import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = os.environ["MCAST_LIBRARY"]
FUNCTION = re.compile(r"^(mcast(?:::\w+)*)::(~?\w+|operator[^(]*)(?:\[abi:\w+\])*\(")


def declared():
    """(classes with a body, names of free functions) of the public headers."""
    classes, functions = set(), set()
    for header in (ROOT / "include/mcast").glob("*.hpp"):
        if header.name == "dpdk.hpp":  # what it declares is in libmcast-dpdk
            continue
        text = re.sub(r"//[^\n]*", "", header.read_text())
        for name in re.findall(r"\b(?:class|struct)\s+(?:\[\[\w+\]\]\s*)?(?:MCAST_API\s+)?(\w+)"
                               r"(?:\s+final)?\s*(?::[^;{]*)?\{", text):
            classes.add(name)
        for name in re.findall(r"^(?:\[\[[^\]]*\]\]\s*)*(?:MCAST_API\s+)?[\w:<>,&* ]+?[\s&*]"
                               r"(\w+)\([^;]*\)(?:\s*const)?(?:\s*noexcept)?;", text, re.M):
            functions.add(name)
    return classes, functions


def is_public(symbol, classes, functions):
    """Whether a demangled function is one that the public headers declare."""
    match = FUNCTION.match(symbol)
    if not match:
        return False
    scopes, name = match.group(1).split("::")[1:], match.group(2)
    if scopes and scopes[-1] in classes and not any(s[0].isupper() for s in scopes[:-1]):
        return True
    return name in functions and all(s in ("sim", "socket", "uring", "detail") for s in scopes)


def hidden_functions():
    """Demangled names of the archive's hidden global functions that a user could have to link."""
    done = subprocess.run(["readelf", "--wide", "--symbols", "--demangle", LIBRARY + ".a"],
                          capture_output=True, text=True, check=True)
    found = set()
    for line in done.stdout.splitlines():
        fields = line.split(None, 7)
        if len(fields) == 8 and fields[3:6] == ["FUNC", "GLOBAL", "HIDDEN"] and fields[6] != "UND":
            found.add(fields[7])
    return found


# Mangled (Itanium C++ ABI): the namespaces of a symbol itself, whatever its arguments are.
INNER = re.compile(r"_Z(T[A-Za-z]|GV)?Z?N[KRO]*5mcast(4wire|8protocol|4base|8platform|8contract)")
# Instances of the standard library's and Cap'n Proto's templates are weak, and shared by all who
# use them; so are type informations and operator new.
KNOWN = re.compile(r"_Z(T[A-Za-z]|GV)?Z?N[KRO]*(5mcast|S|9__gnu_cxx|2kj|5capnp)|_ZZ?S|_ZT[IS]"
                   r"|_Z(nw|dl)")


def exported(*options):
    done = subprocess.run(["nm", "--dynamic", "--defined-only", *options, LIBRARY + ".so"],
                          capture_output=True, text=True, check=True)
    return {line.split(None, 2)[2] for line in done.stdout.splitlines()}


class Exports(unittest.TestCase):
    def test_everything_declared_is_exported(self):
        classes, functions = declared()
        lacking = sorted(s for s in hidden_functions() if is_public(s, classes, functions))
        self.assertEqual(lacking, [], "these lack MCAST_API:\n" + "\n".join(lacking))

    def test_the_main_job_is_exported(self):
        symbols = "\n".join(exported("--demangle"))
        for name in ["mcast::Node::open(", "mcast::Node::poll(", "mcast::RawPublisher::publish(",
                     "mcast::RawSubscriber::~RawSubscriber(", "mcast::sim::Lan::host(",
                     "mcast::socket::host(", "mcast::BufferPool::allocate("]:
            self.assertIn(name, symbols)

    def test_nothing_else_is_exported(self):
        wrong = sorted(s for s in exported() if INNER.match(s) or not KNOWN.match(s))
        self.assertEqual(wrong, [], "\n".join(wrong))

    def test_foreign_and_inner_symbols_are_noticed(self):
        for symbol in ["_ZN5mcast4wire5parseEv", "_ZTVN5mcast8protocol4PeerE", "helper",
                       "_Z6helperv", "_ZN8internal6helperEv"]:
            self.assertTrue(INNER.match(symbol) or not KNOWN.match(symbol), symbol)
        for symbol in ["_ZN5mcast4Node4pollEv", "_ZNK5mcast3sim3Lan3nowEv", "_ZTIN5mcast6ClockE",
                       "_ZSt4moveIN5mcast4wire5TopicEEvT_", "_ZNKSt8optionalIiEcvbEv"]:
            self.assertFalse(INNER.match(symbol) or not KNOWN.match(symbol), symbol)

    def test_hidden_ones_are_noticed(self):
        classes, functions = declared()
        for symbol in ["mcast::Node::poll()", "mcast::sim::Lan::~Lan()", "mcast::sim::Lan::now() const",
                       "mcast::socket::host(mcast::socket::Options const&)",
                       "mcast::detail::assertion_failed(char const*, char const*, char const*, int)"]:
            self.assertTrue(is_public(symbol, classes, functions), symbol)
        for symbol in ["mcast::sim::Lan::State::send(int)", "mcast::protocol::Peer::on_data(int)",
                       "mcast::node::help(int)"]:
            self.assertFalse(is_public(symbol, classes, functions), symbol)


if __name__ == "__main__":
    unittest.main(verbosity=2)
