#!/usr/bin/env python3
"""lint.py BUILD: clang-tidy over the compile database of BUILD.

What was found clean is remembered in XDG_CACHE_HOME (else ~/.cache), for every build of every clone.

A file counts as unchanged while its command, .clang-tidy and all files of ours that it includes
(as ninja knows them from the compiler) have the same contents.
"""

import concurrent.futures
import ctypes
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("src", "transports", "tools", "bench", "examples")
TIDY = "clang-tidy-14"
PR_SET_PDEATHSIG = 1  # prctl(2)
REMEMBERED = 30 * 24 * 3600  # seconds since it was last of use


def dependencies(build):
    """Object -> the files of ours it was made from."""
    done = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True,
                          check=True)
    found, current = {}, []
    for line in done.stdout.splitlines():
        if line and not line.startswith(" ") and ": #deps" in line:
            current = found.setdefault(line.split(": #deps")[0], [])
        elif line.startswith("    "):
            path = (pathlib.Path(build) / line.strip()).resolve()
            if path.is_relative_to(ROOT):
                current.append(path)
    return found


def key_of(entry, files, settings):
    digest = hashlib.sha256(settings)
    digest.update(entry["command"].encode())
    for path in sorted(files):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


def cache_folder(build):
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("HOME", "") and "~/.cache"
    cache = pathlib.Path(home).expanduser() / "mcast-lint" if home else pathlib.Path(build) / "lint"
    cache.mkdir(parents=True, exist_ok=True)
    for clean in cache.iterdir():
        if clean.stat().st_mtime < time.time() - REMEMBERED:
            clean.unlink(missing_ok=True)
    return cache


def check(build, source):
    done = subprocess.run([TIDY, "--quiet", "-p", build, str(source)], capture_output=True,
                          text=True, check=False)
    return done.returncode, done.stdout.strip() or done.stderr.strip()


def behind_all_others():
    """Runs beside tests that want the processor in time.

    A nice value counts within one session only (sched(7), autogroup), and tests have their own: so
    this gets one, too, as a whole behind the others. It ends with whoever started it.
    """
    try:
        os.setsid()
    except OSError:
        return  # run by hand: the session is the shell's
    os.nice(19)
    signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        pathlib.Path("/proc/self/autogroup").write_text("19", encoding="ascii")
    except OSError:
        pass  # a kernel without


def main(build):
    behind_all_others()
    settings = (ROOT / ".clang-tidy").read_bytes() + subprocess.run(
        [TIDY, "--version"], capture_output=True, check=True).stdout
    made_from = dependencies(build)
    cache = cache_folder(build)
    work, unchanged, seen = [], 0, set()
    for entry in json.loads((pathlib.Path(build) / "compile_commands.json").read_text()):
        source = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if not source.is_relative_to(ROOT) or source.relative_to(ROOT).parts[0] not in FOLDERS:
            continue
        if source in seen:
            continue
        seen.add(source)
        key = key_of(entry, made_from.get(entry["output"], [source]), settings)
        if (cache / key).exists():
            (cache / key).touch()
            unchanged += 1
        else:
            work.append((source, key))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (source, key), (code, said) in zip(
                work, pool.map(lambda item: check(build, item[0]), work)):
            if code == 0:
                (cache / key).touch()
            else:
                failed += 1
                print(f"--- {source.relative_to(ROOT)}\n{said}\n")
    if not seen:
        print("the compile database names no file of ours: nothing was checked")
        return 1
    print(f"{len(seen)} files, {unchanged} of them unchanged since they were found clean, "
          f"{failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
