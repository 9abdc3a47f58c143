#!/usr/bin/env python3
"""`mcastd check`, `config` and `rules explain`: what is wrong with a file, what it comes to, and
which rule decides. No network, no daemon, no privileges."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "tools" / "mcastd" / "mcastd.toml"
CONFIG_ERROR = 78  # EX_CONFIG of sysexits.h
USAGE = 2
RULES = """\
[[rule]]
from = "e1"
action = "drop"
[[rule]]
topic = "chat*"
action = "log"
[[rule]]
topic = "c*"
rate = 100
[[rule]]
group = "239.255.255.250:1900"
"""


def program():
    path = os.environ.get("MCASTD_BIN")
    if not path:
        sys.exit(f"{sys.argv[0]}: MCASTD_BIN does not name the program mcastd; "
                 f"run it by: meson test --suite system")
    return path


class ConfigTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="mcastd-config-")
        self.addCleanup(self.folder.cleanup)

    def run_it(self, *words, **variables):
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith("MCAST_")} | variables
        return subprocess.run([program(), *words], cwd=self.folder.name, env=environment, text=True,
                              capture_output=True, check=False, timeout=60)

    def write(self, text, name="mcastd.toml"):
        pathlib.Path(self.folder.name, name).write_text(text, encoding="utf-8")

    def expect(self, outcome, code, out="", err=""):
        said = f"exit code {outcome.returncode}\n{outcome.stdout}\n{outcome.stderr}"
        self.assertEqual(outcome.returncode, code, said)
        self.assertEqual(outcome.stdout, out, said)
        self.assertEqual(outcome.stderr, err, said)


class Check(ConfigTest):
    def test_a_sound_file_is_fine(self):
        self.write(RULES)
        self.expect(self.run_it("check", "mcastd.toml"), 0,
                    "mcastd.toml: fine, the default domain, 0 foreign groups, 4 rules, at most 4 "
                    "steps to decide on a datagram, default drop\n")

    def test_the_example_is_fine(self):
        outcome = self.run_it("check", str(EXAMPLE))
        self.assertEqual((outcome.returncode, outcome.stderr), (0, ""))
        self.assertIn("mcastd.toml: fine, 2 domains, 2 foreign groups, 5 rules", outcome.stdout)

    def test_all_that_is_wrong_is_told_with_its_place(self):
        self.write('port = 99999\nnmae = "attic"\n[[rule]]\naction = "dorp"\n')
        self.expect(self.run_it("check", "mcastd.toml"), CONFIG_ERROR, "",
                    "mcastd.toml:1:8: error: port: 99999 is out of range; write a whole number "
                    "from 1 to 65535\n"
                    "  1 | port = 99999\n"
                    "    |        ^~~~~\n"
                    "mcastd.toml:2:1: error: unknown key 'nmae'; did you mean 'name'?\n"
                    '  2 | nmae = "attic"\n'
                    "    | ^~~~\n"
                    "mcastd.toml:4:10: error: action: 'dorp' is none of its values; did you mean "
                    '"drop"?\n'
                    '  4 | action = "dorp"\n'
                    "    |          ^~~~~~\n")

    def test_warnings_do_not_make_it_fail(self):
        self.write('[[rule]]\n[[rule]]\ntopic = "a"\n')
        outcome = self.run_it("check", "mcastd.toml")
        self.assertEqual(outcome.returncode, 0)
        self.assertIn("mcastd.toml:2:1: warning: this rule and those below never match",
                      outcome.stderr)

    def test_the_environment_and_flags_are_checked_as_well(self):
        self.write("")
        self.expect(self.run_it("check", "mcastd.toml", "--hops-max", "0", MCAST_PORT="many"),
                    CONFIG_ERROR, "",
                    "MCAST_PORT: error: this is a string; write a whole number from 1 to 65535\n"
                    "--hops-max: error: 0 is out of range; write a whole number from 1 to 255\n")
        outcome = self.run_it("check", "mcastd.toml", MCAST_PRT="7400")
        self.assertEqual(outcome.returncode, 0)
        self.assertEqual(outcome.stderr, "MCAST_PRT: warning: no setting is called so and it does "
                                         "nothing; did you mean MCAST_PORT?\n")

    def test_what_cannot_be_read_is_one_sentence(self):
        self.expect(self.run_it("check", "none.toml"), CONFIG_ERROR, "",
                    "none.toml: error: there is no such file\n")
        self.expect(self.run_it("check", "."), CONFIG_ERROR, "",
                    ".: error: this is a directory; name the file in it\n")

    def test_a_file_may_come_from_a_pipe(self):
        done = subprocess.run(
            ["bash", "-c", f"'{program()}' check <(sleep 0.1; echo 'port = 0')"],
            text=True, capture_output=True, check=False, timeout=60)
        self.assertEqual(done.returncode, CONFIG_ERROR, done.stderr)
        self.assertIn("port: 0 is out of range", done.stderr)

    def test_100000_rules_are_refused_with_the_limit(self):
        self.write("[[rule]]\n" * 100_000)
        outcome = self.run_it("check", "mcastd.toml")
        self.assertEqual(outcome.returncode, CONFIG_ERROR)
        self.assertIn("mcastd.toml:10001:1: error: 100000 [[rule]]; the limit is 10000",
                      outcome.stderr)


class Effective(ConfigTest):
    def test_it_tells_where_each_value_comes_from_and_reads_as_the_same(self):
        self.write("hops_max = 3\n" + RULES)
        printed = self.run_it("config", "mcastd.toml", "--log-level", "debug", MCAST_PORT="7500")
        self.assertEqual((printed.returncode, printed.stderr), (0, ""))
        for line in (r"hops_max = 3 +# mcastd.toml:1", r"port = 7500 +# MCAST_PORT",
                     r'level = "debug" +# --log-level', r'default = "drop" +# default',
                     r"\[\[rule\]\] +# mcastd.toml:5"):
            self.assertRegex(printed.stdout, "(?m)^" + line + "$")
        self.write(printed.stdout, "again.toml")
        again = self.run_it("config", "again.toml")
        values = [[line.split("#")[0].rstrip() for line in text.splitlines()]
                  for text in (printed.stdout, again.stdout)]
        self.assertEqual(values[0], values[1])

    def test_every_setting_can_be_given_in_the_environment(self):
        text = self.run_it("check", "--help").stdout
        for name in ("MCAST_NAME", "MCAST_DEFAULT", "MCAST_INTERFACES", "MCAST_PEERS", "MCAST_PORT",
                     "MCAST_HOPS_MAX", "MCAST_CONTROL_SOCKET", "MCAST_METRICS_LISTEN",
                     "MCAST_LOG_LEVEL", "MCAST_LOG_FORMAT", "MCAST_LIMITS_MEMORY",
                     "MCAST_LIMITS_FLOWS_MAX"):
            self.assertIn(f"({name})", text.replace("\n", " "))
        printed = self.run_it("config", "/dev/null", MCAST_INTERFACES="e*,!docker0").stdout
        self.assertRegex(printed, r'(?m)^interfaces = \["e\*", "!docker0"\] +# MCAST_INTERFACES$')

    def test_a_file_that_is_refused_has_none(self):
        self.write("port = 0\n")
        outcome = self.run_it("config", "mcastd.toml")
        self.assertEqual((outcome.returncode, outcome.stdout), (CONFIG_ERROR, ""))


class Explain(ConfigTest):
    def explain(self, *words):
        self.write(RULES)
        outcome = self.run_it("rules", "explain", "--config", "mcastd.toml", *words)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return outcome.stdout

    def test_it_names_the_rule_and_why_those_before_do_not_decide(self):
        self.assertEqual(self.explain("e0", "e2", "--topic", "chat/7"),
                         "e0 to e2: forward by rule 3 (mcastd.toml:7), at most 100 a second\n"
                         '  rule 1 (mcastd.toml:1) does not match: from = "e1", and it comes from '
                         "e0\n"
                         "  rule 2 (mcastd.toml:4) matches: log\n")
        self.assertEqual(self.explain("e1", "e2", "--topic", "chat/7"),
                         "e1 to e2: drop by rule 1 (mcastd.toml:1)\n")

    def test_it_knows_foreign_datagrams_and_the_default(self):
        self.assertIn("e0 to e2: forward by rule 4 (mcastd.toml:10)",
                      self.explain("e0", "e2", "--group", "239.255.255.250:1900"))
        self.assertIn("e0 to e2: drop, since no rule decides and this is the default",
                      self.explain("e0", "e2", "--topic", "input"))

    def test_interfaces_of_this_host_are_known_by_more_than_their_name(self):
        self.write('[[rule]]\nfrom = "type=loopback"\n')
        outcome = self.run_it("rules", "explain", "lo", "nowhere", "--config", "mcastd.toml",
                              "--topic", "x")
        self.assertEqual(outcome.stdout, "lo to nowhere: forward by rule 1 (mcastd.toml:1)\n")
        self.assertEqual(outcome.stderr, "mcastd rules explain: there is no interface nowhere here "
                                         "now; it is judged by its name alone\n")

    def test_wrong_words_are_one_sentence(self):
        self.write(RULES)
        for words, part in [(["e0"], "TO"),
                            (["e0", "e1", "--group", "239.1.1.1"], "is no group and port"),
                            (["e0", "e1", "--group", "239.1.1.1:5", "--topic", "x"],
                             "leave these out, or --group"),
                            (["e0", "e1", "--source", "lan"], "'lan' is no address")]:
            with self.subTest(words=words):
                outcome = self.run_it("rules", "explain", "--config", "mcastd.toml", *words)
                self.assertEqual((outcome.returncode, outcome.stdout), (USAGE, ""))
                self.assertIn(part, outcome.stderr.splitlines()[-1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
