#!/usr/bin/env python3
"""What a relay carries and costs: mcastd beside the kernel's multicast routing (smcroute) and socat.

    bench/relay/relay.py BUILD [--rounds N] [--seconds S] [--json]

Three network namespaces A - R - B with veth pairs between them. A sends multicast at steady rates;
the highest at which B misses less than 0.1 % counts. Then the time from A to B at 10,000 a second,
less that of the way without a relay in the same round. Everybody in turn, medians over the rounds.
Root; the namespaces go with the process. tools/bench --relay builds and runs it.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests",
                                "system"))
import lab  # noqa: E402

GROUP, PORT = "239.9.9.9", 5009
RATES = [25, 50, 75, 100, 125, 150, 175, 200, 250, 300, 400, 600, 1000, 2000]  # thousands
LOSS_MAX = 0.001
LATENCY_ROUNDS = 5


class Ends:
    """Who sends in A and who counts in B, or in R when there is no relay between."""

    def __init__(self, program, sender, receiver, kind):
        self.program, self.sender, self.receiver, self.kind = program, sender, receiver, kind

    def run(self, size, rate, seconds, batch):
        namespace, interface = self.receiver
        counting = namespace.start([self.program, "receive", self.kind, interface, GROUP, PORT,
                                    seconds + (2.5 if self.kind == "node" else 0.6)])
        counting.json(lambda line: "ready" in line)
        namespace, interface = self.sender
        sending = namespace.start([self.program, "send", self.kind, interface, GROUP, PORT, size,
                                   rate, seconds, batch])
        sending.wait(seconds + 15)
        sent = sending.json(lambda line: "sent" in line)
        counting.wait(seconds + 15)
        got = counting.json(lambda line: "received" in line)
        return {"offered": sent["sent"] / max(sent["seconds"], 1e-9), "rate": rate,
                "loss": 1 - got["received"] / sent["sent"], **got}


class World:
    def __init__(self, net, build):
        self.build = build
        self.a, self.r, self.b = (net.namespace(name) for name in "arb")
        for far, near, number in ((self.a, "r0", 1), (self.b, "r1", 2)):
            self.r.ip(f"link add {near} type veth peer name e0 netns {far.path}",
                      f"address add 10.{number}.0.1/24 brd + dev {near}", f"link set {near} up")
            far.ip("link set lo up", f"address add 10.{number}.0.2/24 brd + dev e0",
                   "link set e0 up", "route add default dev e0")
        self.r.ip("link set lo up")
        self.folder = tempfile.TemporaryDirectory()

    def ends(self, kind, direct=False):
        receiver = (self.r, "r0") if direct else (self.b, "e0")
        return Ends(os.path.join(self.build, "bench/relay/relay_ends"), (self.a, "e0"), receiver,
                    kind)

    def mcastd(self, text):
        path = os.path.join(self.folder.name, "relay.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write('name = "r"\n' + text)
        environment = {**os.environ,
                       "MCAST_CONTROL_SOCKET": os.path.join(self.folder.name, "control")}
        daemon = self.r.start([os.path.join(self.build, "tools/mcastd/mcastd"), "run", "--config",
                               path, "--state", self.folder.name], env=environment)
        daemon.line(lambda line: "relay '" in line)
        return daemon

    def native(self, more=""):
        return self.mcastd(more + 'default = "forward"\n[[domain]]\nname = "bench-relay"\n')

    def spinning(self):
        return self.native('busy_poll = "200us"\n')

    def foreign(self):
        return self.mcastd(f'default = "forward"\n[[foreign]]\ngroup = "{GROUP}"\nport = {PORT}\n'
                           'from = ["r0"]\nto = ["r1"]\nrate = 10000000\n')

    def smcroute(self):
        path = os.path.join(self.folder.name, "smcroute.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"mgroup from r0 group {GROUP}\nmroute from r0 group {GROUP} to r1\n")
        self.r.sysctl("net.ipv4.conf.r0.rp_filter", 0)
        return self.r.start(["smcrouted", "-n", "-f", path,
                             "-P", os.path.join(self.folder.name, "pid"),
                             "-u", os.path.join(self.folder.name, "ipc")])

    def socat(self):
        return self.r.start(
            ["socat", "-u", "-b", "65536",
             f"UDP4-RECV:{PORT},bind={GROUP},ip-add-membership={GROUP}:r0,reuseaddr,rcvbuf=8388608",
             f"UDP4-DATAGRAM:{GROUP}:{PORT},ip-multicast-if=10.2.0.1,ip-multicast-ttl=8"])


def highest(ends, size, seconds, batch):
    """The highest rate with less than LOSS_MAX lost that the sender could offer, and its run."""
    best, misses = None, 0
    for rate in RATES:
        run = ends.run(size, rate * 1000, seconds, batch)
        if run["loss"] < LOSS_MAX and run["offered"] > 0.97 * run["rate"]:
            best, misses = run, 0
        else:
            misses += 1
            if misses == 2:
                break
    return best


def cases(world):
    """Name, kind of the ends, how the relay is started, whether runs of datagrams are sent, too."""
    found = [("no relay", "raw", None), ("mcastd, foreign group", "raw", world.foreign)]
    if shutil.which("smcrouted"):
        found.append(("kernel (smcroute)", "raw", world.smcroute))
    if shutil.which("socat"):
        found.append(("socat", "raw", world.socat))
    return found + [("no relay, libmcast", "node", None), ("mcastd, domain", "node", world.native),
                    ("mcastd, busy_poll", "node", world.spinning)]


def in_turns(world, rounds):
    """Each case as often, with its relay running: its name, kind and ends."""
    for _ in range(rounds):
        for name, kind, start in cases(world):
            relay = start() if start else None
            yield name, kind, world.ends(kind, direct=start is None)
            if relay:
                relay.stop()


def measure(world, size, seconds, rounds):
    results = {}
    for name, kind, ends in in_turns(world, rounds):
        one = results.setdefault(name, {"rate": [], "runs": [], "p50us": [], "p99us": [],
                                        "base": "no relay" + (", libmcast" if kind == "node" else "")})
        best = highest(ends, size, seconds, 1 if kind == "node" else 16)
        one["rate"].append(best["offered"] if best else 0)
        if kind == "node":
            packed = highest(ends, size, seconds, 64)
            one["runs"].append(packed["offered"] if packed else 0)
    # The kernel's path is fast or slow for minutes: in turns, and often.
    for name, _, ends in in_turns(world, max(rounds, LATENCY_ROUNDS)):
        latency = ends.run(size, 10_000, seconds, 1)
        results[name]["p50us"].append(latency["p50us"])
        results[name]["p99us"].append(latency["p99us"])
    for one in results.values():
        for key in ("rate", "runs", "p50us", "p99us"):
            one[key] = statistics.median(one[key]) if one[key] else None
    return results


def show(size, results):
    print(f"\n{size} bytes")
    print(f"{'path':<24}{'datagrams':>12}{'packed':>14}{'p50':>10}{'p99':>10}{'added p50':>12}"
          f"{'/ kernel':>10}")
    kernel = results.get("kernel (smcroute)", {}).get("rate")
    for name, one in results.items():
        base = results[one["base"]]
        packed = f"{one['runs'] / 1000:.0f} k/s" if one["runs"] else "-"
        ratio = f"{one['rate'] / kernel:.2f}" if kernel else "-"
        print(f"{name:<24}{one['rate'] / 1000:>8.0f} k/s{packed:>14}{one['p50us']:>7.1f} us"
              f"{one['p99us']:>7.1f} us{one['p50us'] - base['p50us']:>9.1f} us{ratio:>10}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build", help="where bench/relay/relay_ends and tools/mcastd/mcastd are")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--size", type=int, action="append")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    reason = lab.unavailable()
    if reason:
        sys.exit(f"relay.py: {reason}")
    for name, package in (("smcrouted", "smcroute"), ("socat", "socat")):
        if not shutil.which(name):
            print(f"relay.py: without {name} (Debian: {package})", file=sys.stderr)
    everything = {}
    if not arguments.json:
        print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    with lab.Lab() as net:
        world = World(net, os.path.abspath(arguments.build))
        for size in arguments.size or [64, 1024]:
            everything[size] = measure(world, size, arguments.seconds, arguments.rounds)
            if not arguments.json:
                show(size, everything[size])
    if arguments.json:
        print(json.dumps(everything))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.TimeoutExpired as error:
        sys.exit(f"relay.py: {error}")
