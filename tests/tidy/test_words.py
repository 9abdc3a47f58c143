#!/usr/bin/env python3
"""What no file may say, and how files are called."""

import re
import unittest

import source_tree

# Put together here so that this file does not say them itself.
LATER = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")
PRIVATE = re.compile(r"(?<![\w./$}>])/(" + "|".join(["wo" + "rk", "ho" + "me", "ro" + "ot"]) + r")/\w")
REGISTRIES = re.compile("|".join([
    r"py" + r"pi\.org", r"crates" + r"\.io", r"npm" + r"js\.", r"rubyg" + r"ems\.org",
    r"deb\.deb" + r"ian\.org", r"hub\.doc" + r"ker\.com", r"proxy\.gol" + r"ang\.org"]))
SLEEPS = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(")
WITHOUT_SLEEP = ("tests/unit/", "tests/sim/", "tests/conformance/")
# libmcast throws nothing and shares nothing.
LIBRARY = ("include/", "src/", "transports/")
# Threads and locks are a Runner's only.
THREADED = ("src/runner/",)
THREADS = re.compile(r"\bstd::(thread|mutex)\b")
UNWANTED = re.compile(r"\bthrow\b|\bstd::(shared_ptr|weak_ptr|thread|jthread|mutex|async|cout|cerr)\b")

TEXTS = (".hpp", ".cpp", ".py", ".sh", ".capnp", ".build", ".txt", ".md", ".in", "")
TOP = ["README.md", "CHANGELOG.md", "DECISIONS.md", "meson.build", "meson_options.txt"]
SNAKE = re.compile(r"^[a-z0-9]+(_[a-z0-9]+)*$")
NAMED = (".hpp", ".cpp", ".py", ".sh", ".capnp")


def word_complaints(path, text):
    found = []
    code = source_tree.code_of(text) if path.endswith(source_tree.CPP) else text
    for number, (line, code_line) in enumerate(zip(text.split("\n"), code.split("\n")), 1):
        where = f"{path}:{number}"
        for pattern, why in [(LATER, "do it now or open an issue"),
                             (PRIVATE, "a private path"),
                             (REGISTRIES, "a registry's host")]:
            match = pattern.search(line)
            if match:
                found.append(f"{where}: '{match.group(0)}': {why}")
        if path.startswith(WITHOUT_SLEEP) and SLEEPS.search(code_line):
            found.append(f"{where}: a test that sleeps; move virtual time or wait for the event")
        match = UNWANTED.search(code_line) if path.startswith(LIBRARY) else None
        if match and path.startswith(THREADED) and THREADS.fullmatch(match.group(0)):
            match = None
        if match and path.endswith(source_tree.CPP):
            found.append(f"{where}: '{match.group(0)}': libmcast does without")
    if path.endswith(".hpp") and not re.search(r"^#pragma once$", text, re.MULTILINE):
        found.append(f"{path}: no #pragma once")
    if re.search(r"^#\s*if\s+0\b", text, re.MULTILINE) and path.endswith(source_tree.CPP):
        found.append(f"{path}: switched-off code")
    return found


def name_complaints(path):
    found = [f"{path}: folder '{part}' is not snake_case"
             for part in path.parts[:-1] if not SNAKE.match(part.lstrip("."))]
    if path.suffix in NAMED and not SNAKE.match(path.stem):
        found.append(f"{path}: the name is not snake_case")
    return found


def texts():
    return source_tree.files(suffixes=TEXTS) + [
        path for path in TOP if (source_tree.ROOT / path).exists()]


class Words(unittest.TestCase):
    def test_no_file_says_what_it_should_not(self):
        paths = texts()
        self.assertGreater(len(paths), 50, "the sources were not found")
        found = [c for path in paths for c in word_complaints(str(path), source_tree.read(path))]
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_files_are_named_in_snake_case(self):
        found = [c for path in source_tree.files() for c in name_complaints(path)]
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_unwanted_words_are_noticed(self):
        for path, text in [
            ("src/a.cpp", "// TO" + "DO: more"),
            ("README.md", "a FIX" + "ME"),
            ("tools/demo", "cp /ho" + "me/me/file ."),
            ("README.md", "cd /wo" + "rk/main"),
            ("tools/setup", "curl https://py" + "pi.org/simple"),
            ("tests/unit/a.cpp", "std::this_thread::sleep_for(1s);"),
            ("tests/sim/a.cpp", "usleep(3);"),
            ("tests/conformance/a.cpp", "::sleep(1);"),
            ("src/a.cpp", "throw 1;"),
            ("transports/a.cpp", "std::shared_ptr<int> a;"),
            ("src/node/a.cpp", "std::thread a;"),
            ("src/runner/a.cpp", "std::jthread a;"),
            ("include/a.hpp", "int a;"),
            ("src/a.cpp", "#if 0\n#endif"),
        ]:
            with self.subTest(path=path, text=text):
                self.assertEqual(len(word_complaints(path, text)), 1)

    def test_innocent_words_pass(self):
        for path, text in [
            ("src/a.cpp", "// does not throw; never sleeps (\n"),
            ("tests/system/a.cpp", "usleep(3);"),
            ("tools/a", 'cd "$work/home"; ls build/work/x'),
            ("tests/unit/a.cpp", "EXPECT_EQ(asleep(), 1);"),
            ("src/runner/a.cpp", "std::thread a; std::mutex b;"),
        ]:
            with self.subTest(path=path, text=text):
                self.assertEqual(word_complaints(path, text), [])

    def test_other_names_are_noticed(self):
        for path in ["src/node/PollLoop.cpp", "src/node/poll-loop.cpp", "src/Node/poll.cpp"]:
            with self.subTest(path=path):
                self.assertEqual(len(name_complaints(source_tree.pathlib.Path(path))), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
