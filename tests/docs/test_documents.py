#!/usr/bin/env python3
"""What the documents and the help tell people to type works, and their links lead somewhere.

Takes the built programs in MCAST_TOOL and MCASTD_TOOL. Everything runs in a network namespace of
its own.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import documents
from documents import ROOT

TOOL = pathlib.Path(os.environ["MCAST_TOOL"]).resolve()
DAEMON = pathlib.Path(os.environ["MCASTD_TOOL"]).resolve()
PROGRAMS = {"mcast": TOOL, "mcastd": DAEMON}
USAGE = 2  # the exit code of wrong arguments
ELSEWHERE = ("git", "sudo", "cd", "apt-get", "export", "sysctl", "ethtool")  # no business of ours
APART = ["unshare", "--net", "--map-root-user"]


def can_be_apart():
    return subprocess.run([*APART, "true"], capture_output=True, check=False).returncode == 0


def run_apart(command, folder, seconds, expect_end):
    """(exit code, output); a program that is still busy is interrupted, as by Ctrl-C."""
    environment = dict(os.environ, PATH=f"{TOOL.parent}:{DAEMON.parent}:{os.environ['PATH']}")
    inside = 'ip link set lo up && exec "$@"'
    process = subprocess.Popen(
        [*APART, "bash", "-c", inside, "bash", *command], cwd=folder, env=environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True)
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGINT)
        try:
            output, _ = process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            return 1, output + "\n(did not end within 10 s of an interrupt)"
        if expect_end:
            return 1, output + f"\n(did not end within {seconds} s)"
        return 0, output
    return process.returncode, output


class Place:
    """A folder that looks like the repository, with the example's schemas at hand."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="mcast-docs-")
        place = pathlib.Path(self.folder.name)
        for path in [*ROOT.iterdir(), *ROOT.glob("examples/couch/*.capnp")]:
            if path.name not in (".git", "build"):
                (place / path.name).symlink_to(path)
        return place

    def __exit__(self, *_):
        self.folder.cleanup()


def command_complaint(words, place):
    """What is wrong with one command of a document; empty if nothing is."""
    while words and re.match(r"\w+=", words[0]):
        words = words[1:]  # the environment of the command
    if not words:
        return ""
    program = words[0]
    if program in PROGRAMS:
        code, output = run_apart([str(PROGRAMS[program]), *words[1:]], place, 1.0,
                                 expect_end=False)
        if code == USAGE or not 0 <= code < 126:  # 126 and up: not run at all, or killed
            return f"`{' '.join(words)}` ends with {code}:\n{output}"
    elif "/" in program:
        relative = program.removeprefix("./")
        if not relative.startswith("build") and not os.access(ROOT / relative, os.X_OK):
            return f"`{program}` is no program of this repository"
    elif program not in ELSEWHERE and not shutil.which(program):
        return f"`{program}` is not a program that tools/setup installs"
    return ""


def help_examples():
    """The commands in the examples of the programs' and their commands' help, prose cut off."""
    found = []
    for program, command in [*((TOOL, word.split()) for word in
                               ("", "pub", "sub", "ping", "peers", "interfaces", "ledger",
                                "send-file", "receive-file")),
                             *((DAEMON, word.split()) for word in
                               ("", "run", "check", "config", "status", "peers", "topics",
                                "interfaces", "rules", "rules explain", "presets", "why",
                                "reload"))]:
        text = subprocess.run([program, *command, "--help"], capture_output=True, text=True,
                              check=True).stdout
        for line in text.partition("Examples:\n")[2].splitlines():
            if re.match(r"  .*\bmcastd? ", line):
                found.append(re.split(r"\s{2,}", line.strip())[0])
    return found


class Documents(unittest.TestCase):
    def setUp(self):
        self.blocks = documents.all_blocks()

    def need_namespace(self):
        if not can_be_apart():
            self.skipTest("no network namespace may be made here (unshare --net)")

    def test_the_readme_is_there_and_shows_commands(self):
        texts = "".join(b.text for b in self.blocks
                        if b.document == "README.md" and b.language == "sh")
        for command in ["tools/demo", "tools/test", "mcast "]:
            self.assertIn(command, texts, "README.md shows it in an ```sh block")

    def test_shell_blocks_parse(self):
        for block in self.blocks:
            if block.language in ("sh", "bash", "shell"):
                with self.subTest(block=block.where()):
                    done = subprocess.run(["bash", "-n"], input=block.text, text=True,
                                          capture_output=True, check=False)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_commands_can_be_typed(self):
        self.need_namespace()
        with Place() as place:
            for block in self.blocks:
                if block.language == "sh" and block.marker != "run":
                    for words in documents.simple_commands(block.text):
                        with self.subTest(block=block.where(), command=" ".join(words)):
                            self.assertEqual(command_complaint(words, place), "")

    def test_blocks_to_run_run(self):
        self.need_namespace()
        with Place() as place:
            for block in self.blocks:
                if block.language == "sh" and block.marker == "run":
                    with self.subTest(block=block.where()):
                        code, output = run_apart(
                            ["bash", "-euo", "pipefail", "-c", block.text], place, 120, True)
                        self.assertEqual(code, 0, output)

    def test_examples_of_the_help_can_be_typed(self):
        self.need_namespace()
        examples = help_examples()
        self.assertGreaterEqual(len(examples), 10, "each command's help has an example")
        with Place() as place:
            for line in examples:
                for words in documents.simple_commands(line):
                    if words[0] in PROGRAMS:
                        with self.subTest(command=line):
                            self.assertEqual(command_complaint(words, place), "")

    def test_code_blocks_compile(self):
        for block in self.blocks:
            if block.marker.split()[:1] == ["compile"]:
                with self.subTest(block=block.where()), tempfile.TemporaryDirectory() as folder:
                    for schema in block.marker.split()[1:]:
                        subprocess.run(["capnp", "compile", f"-oc++:{folder}",
                                        f"--src-prefix={(ROOT / schema).parent}", ROOT / schema],
                                       check=True)
                    source = pathlib.Path(folder) / "block.cpp"
                    source.write_text(block.text)
                    done = subprocess.run(
                        ["g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                         f"-I{ROOT / 'include'}", f"-I{folder}", source],
                        capture_output=True, text=True, check=False)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_quoted_code_is_what_the_file_says(self):
        for block in self.blocks:
            if block.marker.startswith("from "):
                with self.subTest(block=block.where()):
                    quoted = [line.strip() for line in block.text.splitlines() if line.strip()]
                    path = ROOT / block.marker.split()[1]
                    said = [line.strip() for line in path.read_text().splitlines() if line.strip()]
                    runs = [said[at:at + len(quoted)] for at in range(len(said))]
                    self.assertIn(quoted, runs, f"{block.where()} no longer quotes {path.name}")

    def test_links_lead_to_files(self):
        for path in documents.all_documents():
            text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
                if not re.match(r"\w+:", target):
                    with self.subTest(document=path.name, link=target):
                        self.assertTrue((path.parent / target).exists())


class HowItIsDone(unittest.TestCase):
    def test_blocks_and_their_markers_are_found(self):
        text = ("a\n<!-- run -->\n```sh\nls\n```\n\n```sh\nmcast sub x\n```\n"
                "<!-- from a.cpp -->\n\n```cpp\nint a;\n```\n")
        found = [(b.language, b.marker, b.text) for b in documents.blocks_of("a.md", text)]
        self.assertEqual(found, [("sh", "run", "ls\n"), ("sh", "", "mcast sub x\n"),
                                 ("cpp", "from a.cpp", "int a;\n")])

    def test_commands_are_taken_apart(self):
        text = ("# a comment\n$ mcast pub a --text 'x | y' | \\\n  cat > file && tools/demo\n"
                "sudo mcast peers  # why\n")
        self.assertEqual(documents.simple_commands(text), [
            ["mcast", "pub", "a", "--text", "x | y"], ["cat"], ["tools/demo"],
            ["sudo", "mcast", "peers"]])

    def test_wrong_commands_are_noticed(self):
        if not can_be_apart():
            self.skipTest("no network namespace may be made here (unshare --net)")
        with Place() as place:
            for line in ["mcast sub --no-such-option x", "mcast no-such-command", "tools/no-such",
                         "no-such-program-at-all"]:
                with self.subTest(command=line):
                    self.assertNotEqual(command_complaint(line.split(), place), "")
            self.assertEqual(command_complaint(["mcast", "--help"], place), "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
