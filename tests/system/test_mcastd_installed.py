"""What is installed with the programs: the unit, manual pages, completion."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["BUILD_ROOT"])
PROGRAMS = {"mcast": os.environ["MCAST_BIN"], "mcastd": os.environ["MCASTD_BIN"]}
SCORE_MAX = 2.0  # of systemd-analyze security: 0 is nothing allowed, 10 everything


def run(*words, **options):
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, **options)
    return done.returncode, done.stdout + done.stderr


def help_of(*words):
    code, text = run(*words, "--help")
    assert code == 0, text
    return text


def commands_of(text):
    part = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, re.M)
    return re.findall(r"^  ([a-z][\w-]*)", part.group(1), re.M) if part else []


class Unit(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        text = (BUILD / "tools/mcastd/systemd/mcastd.service").read_text()
        # The program where it was built: verify looks whether it is there.
        text = re.sub(r"=(-?)\S*/mcastd ", lambda match: f"={match.group(1)}{PROGRAMS['mcastd']} ",
                      text)
        self.unit = pathlib.Path(self.folder.name) / "mcastd.service"
        self.unit.write_text(text)
        self.drop_in = self.unit.parent / "mcastd.service.d" / "keep-source.conf"

    def keep_source(self):
        self.drop_in.parent.mkdir()
        self.drop_in.write_text(
            (ROOT / "tools/mcastd/systemd/mcastd-keep-source.conf").read_text())

    def score(self):
        """As systemd-analyze has it; the drop-in is put into the unit, for it reads one file."""
        unit = self.unit
        if self.drop_in.exists():
            unit = self.unit.parent / "merged.service"
            head, _, install = self.unit.read_text().partition("[Install]")
            unit.write_text(head + self.drop_in.read_text() + "[Install]" + install)
        code, text = run("systemd-analyze", "security", "--offline=true",
                         f"--threshold={int(SCORE_MAX * 10)}", str(unit))
        found = re.search(r"Overall exposure level for \S+: ([\d.]+)", text)
        self.assertTrue(found, text)
        return code, float(found.group(1))

    def test_it_is_a_sound_unit(self):
        for step in (lambda: None, self.keep_source):
            step()
            code, text = run("systemd-analyze", "verify", "--man=no", str(self.unit))
            about_it = [line for line in text.splitlines() if "mcastd" in line]
            self.assertEqual((code, about_it), (0, []), text)

    def test_it_may_do_little(self):
        for what, step in (("plain", lambda: None), ("keep-source", self.keep_source)):
            step()
            code, score = self.score()
            print(f"[{what}: exposure {score}] ", end="", flush=True)
            self.assertEqual(code, 0)
            self.assertLessEqual(score, SCORE_MAX)

    def test_it_does_not_wait_for_the_network(self):
        settings = re.sub(r"^#.*$", "", self.unit.read_text(), flags=re.M)
        self.assertNotIn("network-online", settings)
        self.assertIn("Type=notify\n", settings)

    def test_sysctls_are_ones_that_the_kernel_has(self):
        text = (ROOT / "tools/mcastd/systemd/60-mcastd.conf").read_text()
        names = re.findall(r"^([\w.]+) = \d+$", text, re.M)
        self.assertGreaterEqual(len(names), 3)
        for name in names:
            if not name.startswith("net.core."):  # these are the machine's, not a namespace's
                self.assertTrue(os.path.exists("/proc/sys/" + name.replace(".", "/")), name)


class Configuration(unittest.TestCase):
    def test_those_that_are_installed_are_sound(self):
        for path in ("tools/mcastd/mcastd.toml", "tools/mcastd/systemd/mcastd.toml"):
            code, text = run(PROGRAMS["mcastd"], "check", str(ROOT / path))
            self.assertEqual(code, 0, text)
        # Each line that is commented out is one that could be used.
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("\n".join(re.findall(r"^# ((?:\[|\w+ = ).*)$", (
                ROOT / "tools/mcastd/systemd/mcastd.toml").read_text(), re.M)))
            file.flush()
            code, text = run(PROGRAMS["mcastd"], "check", file.name)
            self.assertEqual(code, 0, text)
            self.assertIn("1 rule", text)


class Manuals(unittest.TestCase):
    PAGES = {"mcast": "tools/mcast/mcast.1", "mcastd": "tools/mcastd/mcastd.8",
             "mcastd.toml": "tools/mcastd/mcastd.toml.5"}

    def page(self, name):
        code, text = run("man", "--warnings", "--local-file", str(BUILD / self.PAGES[name]),
                         env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
        self.assertEqual(code, 0, text)
        self.assertNotIn("warning:", text)
        return text

    def test_they_have_each_command_of_the_help(self):
        for name, program in PROGRAMS.items():
            text, commands = self.page(name), commands_of(help_of(program))
            self.assertGreater(len(commands), 7)
            for command in commands:
                with self.subTest(program=name, command=command):
                    self.assertRegex(text, rf"(?m)^       (?:.*, )?{command}\b")

    def test_the_daemons_has_each_option(self):
        text = self.page("mcastd")
        for command in [[name] for name in commands_of(help_of(PROGRAMS["mcastd"]))] + [
                ["rules", "explain"]]:
            # Settings are in mcastd.toml(5).
            own = help_of(PROGRAMS["mcastd"], *command).partition("\nSettings,")[0]
            for option in re.findall(r"^  (--[a-z][\w-]*)", own, re.M):
                with self.subTest(command=" ".join(command), option=option):
                    self.assertRegex(text, rf"{option}\b")

    def test_the_readme_has_each_event_of_the_log(self):
        events = set()
        for path in (ROOT / "tools/mcastd").glob("*.cpp"):
            events |= set(re.findall(
                r"\blog_?\.(?:debug|info|warning|error|write)\(\s*(?:LogLevel::\w+,\s*)?\"([\w-]+)\"",
                path.read_text()))
        self.assertLessEqual({"started", "configuration", "memory"}, events)
        readme = (ROOT / "tools/mcastd/README.md").read_text()
        table = readme.partition("| event | |\n")[2].partition("\n\n")[0]
        listed = set(re.findall(r"`([\w-]+)`", table))
        self.assertEqual(events - listed, set())

    def test_the_file_has_each_setting(self):
        text = self.page("mcastd.toml")
        flags = re.findall(r"^  --([\w-]+) ", help_of(PROGRAMS["mcastd"], "check"), re.M)
        settings = [flag for flag in flags if flag not in ("config",)]
        self.assertGreater(len(settings), 8)
        for flag in settings:
            key = flag.replace("-", "_").split("_")[-1]
            with self.subTest(setting=flag):
                self.assertTrue(key in text, f"{key} is not in mcastd.toml(5)")


class Completion(unittest.TestCase):
    def complete(self, *words):
        """What bash offers for the last word."""
        program = PROGRAMS[words[0]]
        script = (f"source {ROOT / 'tools/completion/mcast.bash'}\n"
                  'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mcast; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        code, text = run("bash", "--norc", "-c", script, "bash", program, *words[1:])
        self.assertEqual(code, 0, text)
        return text.split()

    def test_commands_and_options_are_those_of_the_help(self):
        for name, program in PROGRAMS.items():
            commands = commands_of(help_of(program))
            offered = self.complete(name, "")
            self.assertLessEqual(set(commands), set(offered))
            for command in commands:
                with self.subTest(program=name, command=command):
                    options = set(re.findall(r"(?<![\w-])--[a-z][\w-]*(?=[ ,=]|$)", "\n".join(
                        line[:29].split("  ")[1] if line.startswith("  -") else ""
                        for line in help_of(program, command).splitlines())))
                    self.assertLessEqual(options, set(self.complete(name, command, "-")))

    def test_what_was_begun_is_completed(self):
        self.assertEqual(self.complete("mcastd", "stat"), ["status"])
        self.assertEqual(self.complete("mcastd", "status", "--wa"), ["--watch"])
        self.assertEqual(self.complete("mcastd", "rules", "expl"), ["explain"])
        self.assertIn("lo", self.complete("mcast", "sub", "x", "-i", "l"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
