#!/usr/bin/env python3
"""Measures messaging libraries beside libmcast on one link, turn by turn; `tools/bench --peers`.

Two network namespaces of its own, joined by a veth pair, which go with it; needs root.
"""

import argparse
import contextlib
import json
import os
import pathlib
import select
import signal
import statistics
import subprocess
import sys
import time

SIZES = [64, 256, 1024]
SENDER, RECEIVER = "10.77.0.1", "10.77.0.2"
LOST_TOLERATED = 0.001  # of what was sent; more is flagged
READY_SECONDS = 10


class Link:
    """Two namespaces with a veth pair between them; no route leads out of them."""

    def __enter__(self):
        self.sender, self.receiver = (f"mcast-peers-{os.getpid()}-{end}" for end in "ab")
        try:
            for namespace in (self.sender, self.receiver):
                self.ip("netns", "add", namespace)
                self.ip("-n", namespace, "link", "set", "lo", "up")
            self.ip("-n", self.sender, "link", "add", "peer0", "type", "veth",
                    "peer", "name", "peer0", "netns", self.receiver)
            for namespace, address in ((self.sender, SENDER), (self.receiver, RECEIVER)):
                self.ip("-n", namespace, "address", "add", f"{address}/24", "dev", "peer0")
                self.ip("-n", namespace, "link", "set", "peer0", "up")
                # LCM leaves the choice of interface to the routing table.
                self.ip("-n", namespace, "route", "add", "239.0.0.0/8", "dev", "peer0")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for namespace in (self.sender, self.receiver):
            subprocess.run(["ip", "netns", "delete", namespace], capture_output=True, check=False)

    @staticmethod
    def ip(*words):
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"peers: ip {' '.join(words)}: {done.stderr.strip()}; be root")

    @staticmethod
    def inside(namespace, command):
        return ["ip", "netns", "exec", namespace, *command]


def stop(process):
    """Ends a process of ours and what it started, which is a group of its own."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def start(command):
    return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            start_new_session=True)


def first_line(process, seconds):
    """The first line that a process writes, empty if it writes none in time."""
    readable, _, _ = select.select([process.stdout], [], [], seconds)
    return process.stdout.readline().strip() if readable else ""


def measure(link, program, size, seconds, cores, patience=45):
    """One run: the receiver's record, or {"error": why there is none}."""
    def end(namespace, role, core):
        return start(link.inside(namespace, [program, role, SENDER, size, seconds, core]))

    receiver = end(link.receiver, "receive", cores[1])
    sender = None
    try:
        if first_line(receiver, READY_SECONDS) != "ready":
            stop(receiver)
            return {"error": complaint(receiver, "the receiver did not come up")}
        sender = end(link.sender, "send", cores[0])
        try:
            _, sender_said = sender.communicate(timeout=patience + seconds)
            if sender.returncode != 0:
                return {"error": last_line(sender_said) or f"sender ended: {sender.returncode}"}
            out, said = receiver.communicate(timeout=patience + seconds)
        except subprocess.TimeoutExpired:
            return {"error": f"did not end within {patience + seconds:g} s"}
        try:
            return json.loads(last_line(out))
        except json.JSONDecodeError:
            return {"error": last_line(said) or f"receiver ended with {receiver.returncode}"}
    finally:
        for process in (receiver, sender):
            if process:
                stop(process)
                for pipe in (process.stdout, process.stderr):
                    pipe.close()


def complaint(process, otherwise):
    return last_line(process.stderr.read()) or otherwise


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


def find_programs(folder, only):
    """Name -> program of each peer that was built, libmcast first; {"…": reason} of the others."""
    built = {path.name.removeprefix("peer_"): path for path in sorted(folder.glob("peer_*"))
             if path.is_file() and os.access(path, os.X_OK)}
    missing_file = folder / "missing.json"
    missing = json.loads(missing_file.read_text()) if missing_file.exists() else {}
    missing = {name: f"not installed (Debian: {packages}; tools/setup --peers)"
               for name, packages in missing.items() if name not in built}
    if only:
        unknown = [name for name in only if name not in built and name not in missing]
        if unknown:
            raise SystemExit(f"peers: there is no {', '.join(unknown)}; "
                             f"there is {', '.join([*built, *missing])}")
        built = {name: path for name, path in built.items() if name in only}
        missing = {name: why for name, why in missing.items() if name in only}
    return dict(sorted(built.items(), key=lambda item: item[0] != "libmcast")), missing


def plan(peers, sizes, rounds):
    """(round, size, peer) in the order of measuring: peers take turns, so that what disturbs the
    machine for a while disturbs all of them; each round begins with another."""
    for number in range(rounds):
        for size in sizes:
            for turn in range(len(peers)):
                yield number, size, peers[(number + turn) % len(peers)]


def summarise(records):
    """One entry for each peer and size: the median of the rates, the share lost in the worst run."""
    found = {}
    for record in records:
        found.setdefault((record["peer"], record["size"]), []).append(record)
    summary = []
    for (peer, size), runs in found.items():
        good = [run for run in runs if "error" not in run]
        entry = {"peer": peer, "size": size, "runs": len(good),
                 "errors": sorted({run["error"] for run in runs if "error" in run})}
        if good:
            entry["rate"] = statistics.median(run["rate"] for run in good)
            entry["lost"] = max(run["lost"] / max(run["sent"], 1) for run in good)
            entry["flagged"] = entry["lost"] > LOST_TOLERATED
        summary.append(entry)
    return summary


def cell(entry, best):
    if "rate" not in entry:
        return "failed"
    lost = f" ({entry['lost']:.1%} lost!)" if entry["flagged"] else ""
    share = f" {entry['rate'] / best:.2f}" if best else ""
    return f"{entry['rate'] / 1e6:.3f} M/s{share}{lost}"


def print_table(summary, sizes, missing):
    by = {(entry["peer"], entry["size"]): entry for entry in summary}
    names = list(dict.fromkeys(entry["peer"] for entry in summary))
    best = {size: by.get(("libmcast", size), {}).get("rate") for size in sizes}
    print(f"{'messages/s':12}" + "".join(f"{f'{size} B':>31}" for size in sizes))
    for name in names:
        cells = [cell(by[name, size], best[size]) for size in sizes]
        print(f"{name:12}" + "".join(f"{text:>31}" for text in cells))
    print("\nDelivered, medians, and as a part of libmcast's; `!`: more than 0.1 % lost.")
    for entry in summary:
        for why in entry["errors"]:
            print(f"{entry['peer']} at {entry['size']} B: {why}")
    for name, why in missing.items():
        print(f"{name}: not measured: {why}")


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path, help="the folder with peer_*")
    parser.add_argument("--peer", action="append", help="only this one (again for more)")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)),
                        type=lambda text: [int(size) for size in text.split(",")])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of sending, in each run")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)
    built, missing = find_programs(options.programs, options.peer)
    if not built:
        raise SystemExit(f"peers: no program peer_* in {options.programs}; "
                         "tools/bench --peers builds them")
    allowed = sorted(os.sched_getaffinity(0))
    cores = (allowed[0], allowed[1 % len(allowed)])
    # Ctrl-C and kill both take the namespaces along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    records, begun = [], time.monotonic()
    steps = list(plan(list(built), options.sizes, options.rounds))
    with Link() as link:
        for done, (number, size, peer) in enumerate(steps):
            if sys.stderr.isatty():
                print(f"\r{done}/{len(steps)} {peer} {size} B   ", end="", file=sys.stderr)
            record = measure(link, built[peer], size, options.seconds, cores)
            records.append({**record, "peer": peer, "size": size, "round": number})
    summary = summarise(records)
    if options.json:
        print(json.dumps({"records": records, "summary": summary, "missing": missing,
                          "cores": cores, "took": time.monotonic() - begun}))
    else:
        print_table(summary, options.sizes, missing)
    return 0 if any(entry["runs"] for entry in summary) else 1


if __name__ == "__main__":
    sys.exit(main())
