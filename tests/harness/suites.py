#!/usr/bin/env python3
"""Counts test cases for tools/test.

suites.py targets BUILD SUITE...            what ninja must build to run these suites
suites.py collect ROW BUILD LOG OUT SUITE.. reads meson's LOG (testlog.json) into OUT
suites.py single ROW NAME STATUS OUT        one case of a stage that is no test program
suites.py table OUT...                      the table; the last line is the sum; 1 if any failed
"""

import json
import pathlib
import re
import sys

# A GoogleTest program that ran to its end says how many tests that were.
GTEST_START = re.compile(r"\[==========\] Running (\d+) tests? from")
GTEST_END = re.compile(r"\[==========\] (\d+) tests? from \d+ test suites? ran")
GTEST_CASE = re.compile(
    r"\[( RUN      |       OK |  SKIPPED |  FAILED  )\] ([\w/.]+\.[\w/.]+)(?:, where|\s|$)", re.M)
UNITTEST_CASE = re.compile(
    r"^(test\w+) \([^)]*\)(?:\n[^\n]*?)?? \.\.\. ?.*?\b(ok|FAIL|ERROR|skipped '(?:[^'\\]|\\.)*'"
    r"|skipped \"[^\"]*\"|expected failure|unexpected success)$", re.M | re.S)
UNITTEST_END = re.compile(r"^Ran (\d+) tests? in ", re.M)


def gtest_cases(output):
    """[(name, status, reason)], or None if this is not GoogleTest's output."""
    if not GTEST_START.search(output):
        return None
    cases, running, begun = {}, None, 0
    for match in GTEST_CASE.finditer(output):
        word, name = match.group(1).strip(), match.group(2)
        if GTEST_END.search(output, 0, match.start()):
            break  # the summary repeats what failed and was skipped
        if word == "RUN":
            running, begun = name, match.end()
            cases[name] = ("failed", "the program ended inside this test")
        elif name == running:
            if word == "OK":
                cases[name] = ("passed", "")
            elif word == "FAILED":
                cases[name] = ("failed", "")
            else:
                said = output[begun:match.start()].strip().split("\n")
                reason = " ".join(l.strip() for l in said if not l.endswith(": Skipped"))
                cases[name] = ("skipped", reason or "no reason given")
    listed = [(name, *rest) for name, rest in cases.items()]
    expected = int(GTEST_START.search(output).group(1))
    if len(listed) < expected:
        listed += [(f"test {n + 1} of {expected}", "failed", "never ran: the program ended early")
                   for n in range(len(listed), expected)]
    elif not GTEST_END.search(output):
        listed.append(("the program's end", "failed", "it ended before GoogleTest did"))
    return listed


def unittest_cases(output):
    """[(name, status, reason)], or None if this is not Python unittest's verbose output."""
    end = UNITTEST_END.search(output)
    if not end:
        return None
    cases = []
    for name, word in UNITTEST_CASE.findall(output):
        if word in ("ok", "expected failure"):
            cases.append((name, "passed", ""))
        elif word.startswith("skipped"):
            cases.append((name, "skipped", word[9:-1]))
        else:
            cases.append((name, "failed", ""))
    missing = int(end.group(1)) - len(cases)
    if missing > 0:
        cases.append((f"{missing} tests without a verdict", "failed", "not understood"))
    return cases


def cases_of(entry):
    """The cases of one test program, from its line in meson's log."""
    output = (entry.get("stdout") or "") + "\n" + (entry.get("stderr") or "")
    cases = gtest_cases(output)
    if cases is None:
        cases = unittest_cases(output)
    result = entry["result"]
    good = result in ("OK", "EXPECTEDFAIL")
    if cases is None:
        said = [line for line in output.strip().split("\n") if line.strip()]
        status = "skipped" if result == "SKIP" else "passed" if good else "failed"
        return [("", status, (said[-1] if said else "no reason given") if status == "skipped"
                 else "" if good else result.lower())]
    if result == "SKIP":
        return cases
    if not good and not any(status == "failed" for _, status, _ in cases):
        cases.append(("the program as a whole", "failed",
                      f"{result.lower()}, exit code {entry.get('returncode')}"))
    if good and not cases:
        cases.append(("", "failed", "it ran no test at all"))
    return cases


def tests_of(build, suites):
    tests = json.loads((pathlib.Path(build) / "meson-info/intro-tests.json").read_text())
    return [t for t in tests if {s.split(":")[-1] for s in t["suite"]} & set(suites)]


def targets(build, *suites):
    info = pathlib.Path(build) / "meson-info/intro-targets.json"
    known = {t["id"]: t["filename"] for t in json.loads(info.read_text())}
    root = pathlib.Path(build).resolve()
    wanted = {pathlib.Path(name).relative_to(root).as_posix()
              for test in tests_of(build, suites) for target in test["depends"]
              for name in known.get(target, [])}
    for name in sorted(wanted):
        print(name)
    return 0


def collect(row, build, log, out, *suites):
    """Merges what ran with what should have run; prints the output of what failed."""
    entries = {}
    if pathlib.Path(log).exists():
        for line in pathlib.Path(log).read_text(errors="replace").splitlines():
            entry = json.loads(line)
            entries[entry["name"].split(":", 1)[-1]] = entry
    rows, failed = {}, 0
    for test in tests_of(build, suites):
        suite = next(s.split(":")[-1] for s in test["suite"] if s.split(":")[-1] in suites)
        name = suite if row == suite else f"{row}: {suite}"
        # Meson names the suites too, where there is more than one.
        long_name = "+".join(s.split(":")[-1] for s in test["suite"]) + " / " + test["name"]
        entry = entries.get(long_name) or entries.get(test["name"])
        cases = cases_of(entry) if entry else [("", "failed", "it did not run")]
        rows.setdefault(name, []).extend(
            [f"{test['name']} {case}".strip(), status, why] for case, status, why in cases)
        bad = [case for case in cases if case[1] == "failed"]
        failed += len(bad)
        if bad:
            print(f"\n--- {test['name']} failed; its whole output:")
            print(((entry or {}).get("stdout") or "") + ((entry or {}).get("stderr") or ""))
            for case, _, why in bad:
                print(f"--- failed: {test['name']} {case} {'(' + why + ')' if why else ''}")
    for suite in suites:
        name = suite if row == suite else f"{row}: {suite}"
        if name not in rows:
            rows[name] = [[suite, "failed", "the suite has no tests"]]
            print(f"--- the suite {suite} has no tests")
            failed += 1
    pathlib.Path(out).write_text(json.dumps(rows))
    return 1 if failed else 0


def single(row, name, status, out):
    known = json.loads(pathlib.Path(out).read_text()) if pathlib.Path(out).exists() else {}
    known.setdefault(row, []).append([name, status, ""])
    pathlib.Path(out).write_text(json.dumps(known))
    return 0


def table(*outs):
    rows = {}
    for out in outs:
        rows.update(json.loads(pathlib.Path(out).read_text()))
    width = max([len(row) for row in rows] + [5])
    print(f"\n{'suite':{width}}  passed  failed  skipped")
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    for row, cases in rows.items():
        counts = {word: sum(c[1] == word for c in cases) for word in totals}
        print(f"{row:{width}}  {counts['passed']:6}  {counts['failed']:6}  {counts['skipped']:7}")
        for word, count in counts.items():
            totals[word] += count
    for status in ("skipped", "failed"):
        for row, cases in rows.items():
            for name, verdict, why in cases:
                if verdict == status:
                    print(f"{status.upper()}: {row}: {name}{': ' + why if why else ''}")
    print(", ".join(f"{count} {word}" for word, count in totals.items()))
    return 1 if totals["failed"] or not totals["passed"] else 0


if __name__ == "__main__":
    commands = {"targets": targets, "collect": collect, "single": single, "table": table}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    sys.exit(commands[sys.argv[1]](*sys.argv[2:]))
