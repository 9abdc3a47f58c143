#!/usr/bin/env python3
"""fuzz.py BUILD SECONDS OUT: runs each libFuzzer program of tests/fuzz for so long.

The seeds are tests/fuzz/corpus/NAME (the program's name without fuzz_); what is found on the way
stays in BUILD/fuzz/NAME, an input that breaks something in BUILD/fuzz/broken.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def programs(build):
    info = pathlib.Path(build) / "meson-info/intro-targets.json"
    return [pathlib.Path(name) for target in json.loads(info.read_text())
            if target["type"] == "executable"
            and pathlib.Path(target["defined_in"]) == ROOT / "tests/fuzz/meson.build"
            for name in target["filename"]]


def run(program, build, seconds):
    """(exit code, output); an exit code of 0 means that nothing was found."""
    noun = program.name.removeprefix("fuzz_")
    found = pathlib.Path(build) / "fuzz" / noun
    broken = pathlib.Path(build) / "fuzz" / "broken"
    for folder in (found, broken):
        folder.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "tests/fuzz/corpus" / noun
    command = [str(program), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
               "-print_final_stats=1", f"-artifact_prefix={broken}/{noun}-", str(found)]
    if seeds.is_dir():
        command.append(str(seeds))
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False,
                          timeout=seconds * 4 + 120)
    return done.returncode, done.stdout + done.stderr


def main(build, seconds, out):
    found = programs(build)
    cases = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda program: run(program, build, int(seconds)), found)
        for program, (code, output) in zip(found, results):
            ran = "stat::number_of_executed_units" in output
            good = code == 0 and ran
            cases.append([program.name, "passed" if good else "failed", ""])
            if not good:
                print(f"--- {program.name} failed with exit code {code}; its whole output:")
                print(output)
    if not cases:
        print("tests/fuzz has no program: nothing was fuzzed")
        cases.append(["tests/fuzz", "failed", "no program"])
    pathlib.Path(out).write_text(json.dumps({"fuzz": cases}))
    return 1 if any(case[1] == "failed" for case in cases) else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
