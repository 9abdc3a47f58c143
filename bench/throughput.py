"""Messages a second through libmcast across a veth pair, beside the raw path of the same run.

Makes two network namespaces with a veth pair, runs a sender on core 0 and a receiver on core 1 for
each path in turns, and prints medians and ratios. Root, Linux, python3; removes what it makes.
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys

PATHS = [
    ("single", "raw sockets, one message a datagram"),
    ("packed", "raw sockets, packed datagrams"),
    ("ready", "libmcast, ready-made messages"),
    ("mcast", "libmcast, typed messages"),
]
SPACES = [f"mcast-bench-{os.getpid()}-{end}" for end in ("a", "b")]


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def make_link():
    for space in SPACES:
        ip("netns", "add", space)
    ip("link", "add", "bench0", "netns", SPACES[0], "type", "veth",
       "peer", "name", "bench0", "netns", SPACES[1])
    for number, space in enumerate(SPACES, 1):
        ip("-n", space, "address", "add", f"10.75.0.{number}/24", "dev", "bench0")
        ip("-n", space, "link", "set", "bench0", "up")


def remove_link():
    for space in SPACES:
        subprocess.run(["ip", "netns", "delete", space], check=False, capture_output=True)


def start(space, program, role, path, size, seconds, core):
    return subprocess.Popen(
        ["ip", "netns", "exec", space, program, role, path, "bench0", str(size), str(seconds),
         str(core)], stdout=subprocess.PIPE, text=True)


def measure(program, path, size, seconds):
    receiver = start(SPACES[1], program, "receive", path, size, seconds, 1)
    try:
        assert receiver.stdout.readline() == "ready\n", "the receiver did not start"
        sender = start(SPACES[0], program, "send", path, size, seconds, 0)
        sent = json.loads(sender.communicate(timeout=seconds + 20)[0])["sent"]
        seen = json.loads(receiver.communicate(timeout=20)[0])
    finally:
        receiver.kill()
    return {"rate": seen["messages"] / seen["seconds"],
            "datagram_rate": seen["datagrams"] / seen["seconds"],
            "messages_per_datagram": seen["messages"] / seen["datagrams"],
            "lost": 1 - seen["messages"] / sent}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", help="the built bench/throughput")
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("throughput: needs root, for two network namespaces")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = {}
    try:
        make_link()
        for size in (64, 1024):
            rounds = {path: [] for path, _ in PATHS}
            for _ in range(options.rounds):
                for path, _ in PATHS:
                    rounds[path].append(measure(options.program, path, size, options.seconds))
            results[size] = {
                path: {key: statistics.median(each[key] for each in runs) for key in runs[0]}
                for path, runs in rounds.items()}
    finally:
        remove_link()
    if options.json:
        print(json.dumps(results, indent=2))
        return
    print(f"Linux {os.uname().release}, veth pair, sender on core 0, receiver on core 1, "
          f"medians of {options.rounds} runs of {options.seconds:g} s in turns")
    for size, paths in results.items():
        print(f"\n{size}-byte messages{'delivered/s':>37}{'in a datagram':>15}{'lost':>8}"
              f"{'/ single':>10}{'/ packed':>10}")
        for path, title in PATHS:
            row = paths[path]
            print(f"  {title:<38}{row['rate'] / 1e6:>10.3f} M{row['messages_per_datagram']:>15.1f}"
                  f"{row['lost']:>8.1%}{row['rate'] / paths['single']['rate']:>10.2f}"
                  f"{row['rate'] / paths['packed']['rate']:>10.2f}")


if __name__ == "__main__":
    main()
