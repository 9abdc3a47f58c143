#!/usr/bin/env python3
"""The counting itself: what passes, fails, is skipped, crashes or never runs is told apart."""

import contextlib
import io
import json
import pathlib
import tempfile
import unittest

import suites

GTEST = """[==========] Running 3 tests from 1 test suite.
[ RUN      ] Ring.Grows
[       OK ] Ring.Grows (0 ms)
[ RUN      ] Ring.Waits/0
a/b.cpp:3: Skipped
needs root: run as root

[  SKIPPED ] Ring.Waits/0 (0 ms)
[ RUN      ] Ring.Breaks
{last}"""
END = """[  FAILED  ] Ring.Breaks, where TypeParam = int (0 ms)
[==========] 3 tests from 1 test suite ran. (0 ms total)
[  PASSED  ] 1 test.
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] Ring.Waits/0
[  FAILED  ] 1 test, listed below:
[  FAILED  ] Ring.Breaks, where TypeParam = int
"""
UNITTEST = """test_a (__main__.T.test_a) ... ok
test_b (__main__.T.test_b) ... skipped 'needs root'
test_c (__main__.T.test_c) ...
  test_c (__main__.T.test_c) (case=1) ... FAIL
noise
test_d (__main__.T.test_d)
What it says of itself ... ERROR

----------------------------------------------------------------------
Ran 4 tests in 0.1s
"""


def entry(output, result="OK", code=0):
    return {"stdout": output, "stderr": "", "result": result, "returncode": code}


def counts(cases):
    return [status for _, status, _ in cases]


class Counting(unittest.TestCase):
    def test_googletest_is_counted_case_by_case(self):
        cases = suites.cases_of(entry(GTEST.format(last=END), "FAIL", 1))
        self.assertEqual(cases, [("Ring.Grows", "passed", ""),
                                 ("Ring.Waits/0", "skipped", "needs root: run as root"),
                                 ("Ring.Breaks", "failed", "")])

    def test_a_crash_fails_the_test_it_was_in(self):
        cases = suites.cases_of(entry(GTEST.format(last=""), "FAIL", -11))
        self.assertEqual(counts(cases), ["passed", "skipped", "failed", "failed"])
        early = GTEST.format(last="").split("[ RUN      ] Ring.Waits")[0]
        self.assertEqual(counts(suites.cases_of(entry(early, "FAIL", -6))),
                         ["passed", "failed", "failed"])

    def test_a_program_that_fails_after_its_tests_has_failed(self):
        passed = GTEST.format(last=END.replace("[  FAILED  ] Ring.Breaks, where TypeParam = int (0",
                                               "[       OK ] Ring.Breaks (0"))
        cases = suites.cases_of(entry(passed, "FAIL", 1))
        self.assertEqual(cases[-1][:2], ("the program as a whole", "failed"))

    def test_unittest_is_counted_case_by_case(self):
        cases = suites.cases_of(entry(UNITTEST, "FAIL", 1))
        self.assertEqual(cases, [("test_a", "passed", ""), ("test_b", "skipped", "needs root"),
                                 ("test_c", "failed", ""), ("test_d", "failed", "")])

    def test_verdicts_that_are_missing_are_failures(self):
        cases = suites.cases_of(entry(UNITTEST.replace("Ran 4", "Ran 6"), "FAIL", 1))
        self.assertEqual(cases[-1][1], "failed")

    def test_other_programs_are_one_case(self):
        self.assertEqual(suites.cases_of(entry("fine")), [("", "passed", "")])
        self.assertEqual(suites.cases_of(entry("a\nno root", "SKIP", 77)),
                         [("", "skipped", "no root")])
        self.assertEqual(suites.cases_of(entry("", "TIMEOUT", -9)), [("", "failed", "timeout")])

    def collected(self, tests, log, *wanted):
        with tempfile.TemporaryDirectory() as folder:
            build = pathlib.Path(folder)
            (build / "meson-info").mkdir()
            (build / "meson-info/intro-tests.json").write_text(json.dumps(tests))
            if log is not None:
                (build / "log").write_text("".join(json.dumps(line) + "\n" for line in log))
            with contextlib.redirect_stdout(io.StringIO()):
                code = suites.collect("unit", build, build / "log", build / "out", *wanted)
            return code, json.loads((build / "out").read_text())

    def test_what_did_not_run_has_failed(self):
        tests = [{"name": "ring", "suite": ["x:unit"], "depends": []},
                 {"name": "ring", "suite": ["x:sim"], "depends": []}]
        ran = [{"name": "x:unit / ring", **entry("fine")}]
        self.assertEqual(self.collected(tests, ran, "unit"),
                         (0, {"unit": [["ring", "passed", ""]]}))
        self.assertEqual(self.collected(tests, [], "unit")[0], 1)
        self.assertEqual(self.collected(tests, None, "unit")[0], 1)
        self.assertEqual(self.collected(tests, ran, "sim")[0], 1)
        self.assertEqual(self.collected(tests, ran, "no such suite")[0], 1)

    def test_the_last_line_is_the_sum(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "out"
            rows = {"a": [["x", "passed", ""], ["y", "skipped", "no root"]],
                    "b": [["z", "failed", ""]]}
            out.write_text(json.dumps(rows))
            text = io.StringIO()
            with contextlib.redirect_stdout(text):
                self.assertEqual(suites.table(out), 1)
            lines = text.getvalue().strip().split("\n")
            self.assertEqual(lines[-1], "1 passed, 1 failed, 1 skipped")
            self.assertIn("SKIPPED: a: y: no root", lines)


if __name__ == "__main__":
    unittest.main(verbosity=2)
