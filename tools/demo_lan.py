"""The show of tools/demo: couch on a LAN of network namespaces, or on loopback without root."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "system"))
import lab  # noqa: E402

PORTS = range(7400, 7500)
RATES = {"input": 120, "world": 60}
RECOVERY = 0.5  # seconds
LENGTH = 10     # seconds of play


class Player:
    """One run of couch and what it reported."""

    def __init__(self, show, namespace, role, name, visit=1):
        self.name, self.role, self.namespace = name, role, namespace
        self.label = name if visit == 1 else f"{name} again"
        self.path = os.path.join(show.folder, f"{name}-{visit}")
        # Before it runs: on a busy machine it may have been found before we are back here.
        self.started = time.time()
        self.process = namespace.start([show.couch, role, "--name", name, "--domain", show.domain,
                                        *show.selectors, "--report", self.path])

    def reported(self, event=None):
        if not os.path.exists(self.path):  # it has not come so far
            return []
        with open(self.path, encoding="utf-8") as file:
            # The last line may be half written.
            lines = [json.loads(line) for line in file if line.endswith("\n")]
        return [line for line in lines if event in (None, line["event"])]

    def wait_for(self, event, peer, after=0.0, within=5.0):
        def look():
            if self.process.process.poll() is not None:
                raise lab.Timeout(f"{self.label} ended early:\n{self.process.text()}")
            return next((line for line in self.reported(event)
                         if line["peer"] == peer and line["at"] > after), None)
        return lab.eventually(look, within, f"{self.label}: {event} of {peer}")


class Show:
    def __init__(self, net, couch, folder):
        self.net, self.couch, self.folder = net, couch, folder
        self.domain, self.selectors = "couch", []
        self.players, self.wrong = [], []
        self.recovery, self.cut = None, None
        self.begun = time.time()

    def say(self, sentence):
        print(f"  {time.time() - self.begun:4.1f} s  {sentence}", flush=True)

    def check(self, holds, what):
        if not holds:
            self.wrong.append(what)

    def until(self, seconds):
        time.sleep(max(0.0, self.begun + seconds - time.time()))

    def start(self, namespace, role, name, visit=1):
        player = Player(self, namespace, role, name, visit)
        self.players.append(player)
        return player

    def greet(self, tv, pad):
        """Both have found each other."""
        for player, peer in ((tv, pad.name), (pad, tv.name)):
            up = player.wait_for("peer-up", peer, pad.started)
        milliseconds = (up["at"] - pad.started) * 1e3
        self.say(f"{pad.label} and the tv found each other {milliseconds:.0f} ms after it started")

    def leave_and_return(self, tv, pad):
        self.until(2.5)
        left = time.time()
        pad.process.stop()
        down = tv.wait_for("peer-down", pad.name, left)
        self.say(f"{pad.name} leaves and says bye; the tv knows {(down['at'] - left) * 1e3:.0f} ms "
                 "after it was told to")
        self.until(4)
        again = self.start(pad.namespace, "pad", pad.name, visit=2)
        self.greet(tv, again)

    def finish(self):
        self.until(LENGTH)
        self.say("the end")
        for player in reversed(self.players):  # the tv last
            if player.process.process.poll() is None:
                self.check(player.process.stop() == 0, f"{player.label} ended badly")

    def row(self, listener, source, topic):
        """What one side heard of the other in a visit."""
        total = [line for line in listener.reported("total") if line["peer"] == source.name]
        visits = [player for player in self.players if player.name == source.name]
        what = f"{source.label} → {listener.label}"
        if len(total) < len(visits) if listener.role == "host" else not total:
            self.check(False, f"{what}: nothing arrived")
            return
        total = self.of_visit(listener, source, total)
        announced, pause = 0, 0
        if self.cut and "pad-2" in (source.name, listener.name):
            pause = total["longest"]
            announced = sum(line["lost"] for line in listener.reported("gap")
                            if line["peer"] == source.name and self.cut[0] < line["at"] < self.cut[1])
        lost = total["lost"] - announced
        rate = round((total["messages"] - 1) / max(1e-3, total["span"] - pause))
        self.check(rate >= 0.95 * RATES[topic], f"{what}: {rate}/s instead of {RATES[topic]}/s")
        self.check(lost == 0, f"{what}: {lost} datagrams lost outside the announced cut")
        print(f"  {what:22} {total['found'] * 1e3:6.0f} ms {total['messages']:8} {rate:6}/s {lost:5}"
              f"  {announced:5} {total['p50_us']:8.0f} µs {total['p99_us']:6.0f} µs  "
              f"{', '.join(total['interfaces'])}")

    @staticmethod
    def of_visit(listener, source, totals):
        """A player who came twice is two peers: in the order of finding them."""
        number = int(source.path.rsplit("-", 1)[1])
        totals = sorted(totals, key=lambda line: line["found"])
        return totals[number - 1] if listener.role == "host" else totals[0]

    def table(self):
        tv, *pads = self.players
        print(f"\n  {'':22} {'found':>9} {'messages':>8} {'rate':>8} {'lost':>5}  {'+ cut':>5} "
              f"{'p50':>11} {'p99':>9}  interface")
        for pad in pads:
            self.row(tv, pad, "input")
            self.row(pad, tv, "world")
        print()

    def verdict(self):
        if not self.wrong:
            print("Everything held.")
            return 0
        print("This did not hold:", *self.wrong, sep="\n  - ")
        return 1


def second_home(net, show, tv):
    """A VPN that wants everything and a container bridge, as on many a living-room PC."""
    tun = tv.tunnel("tun0", "10.9.0.2/24")
    tv.ip("route add default dev tun0")
    container = net.namespace("container")
    tv.ip("link add docker0 type bridge", "address add 172.17.0.1/16 dev docker0",
          f"link add veth0 type veth peer name eth0 netns {container.path}",
          "link set veth0 master docker0 up", "link set docker0 up")
    container.ip("link set eth0 up", "address add 172.17.0.2/16 dev eth0")
    naive = tv.socket(socket.AF_INET, socket.SOCK_DGRAM)
    naive.sendto(b"naive", ("239.255.0.1", 7400))
    trapped = len(tun.datagrams())
    show.check(trapped == 1, "the VPN did not even trap a naive datagram")
    show.say("a naive program multicasts: its datagram vanishes into the VPN")
    return tun, tv.capture("docker0")


def cut_and_mend(net, show, lan, tv, pad):
    show.until(6)
    before = time.time()
    pad.namespace.ip("link delete lan0")
    show.say("pad-2's network interface is torn out")
    show.until(7)
    plugged = time.time()
    net.link(pad.namespace, "lan0", lan, "10.1.0.12/24")
    heard = [player.wait_for("resumed", peer, plugged)["received"]
             for player, peer in ((tv, "pad-2"), (pad, "tv"))]
    show.recovery = max(heard) - plugged
    show.cut = before, max(heard) + 0.5  # what the gap was is known with the datagram after it
    show.say(f"it is plugged in again, as a new interface: both sides play on after "
             f"{show.recovery * 1e3:.0f} ms")
    show.check(show.recovery <= RECOVERY, f"recovery took {show.recovery * 1e3:.0f} ms")


def on_a_lan(net, show):
    print("A LAN of network namespaces: a tv and two pads; a third pad on a second LAN; and in the\n"
          "tv a VPN that holds the default route and a docker bridge.\n")
    lan, second_lan = net.bridge("lan"), net.bridge("lan2")
    homes = {name: net.namespace(name) for name in ("tv", "pad-1", "pad-2", "pad-3")}
    net.link(homes["tv"], "lan0", lan, "10.1.0.1/24")
    net.link(homes["tv"], "lan1", second_lan, "10.2.0.1/24")
    net.link(homes["pad-1"], "lan0", lan, "10.1.0.11/24")
    net.link(homes["pad-2"], "lan0", lan, "10.1.0.12/24")
    net.link(homes["pad-3"], "lan0", second_lan, "10.2.0.13/24")
    tun, docker = second_home(net, show, homes["tv"])
    tun.packets.clear()

    tv = show.start(homes["tv"], "host", "tv")
    pads = [show.start(homes[name], "pad", name) for name in ("pad-1", "pad-2", "pad-3")]
    for pad in pads:
        show.greet(tv, pad)
    show.leave_and_return(tv, pads[0])
    cut_and_mend(net, show, lan, tv, pads[1])
    show.finish()
    show.table()
    on_tun, on_docker = len(tun.datagrams()), len(docker.datagrams(PORTS))
    print(f"  recovery after the cut: {show.recovery * 1e3:.0f} ms (goal: {RECOVERY * 1e3:.0f} ms)\n"
          f"  our datagrams on the VPN: {on_tun}, on docker0: {on_docker}\n")
    show.check(on_tun == 0, f"{on_tun} of our datagrams were seen on the VPN's tun0")
    show.check(on_docker == 0, f"{on_docker} of our datagrams were seen on docker0")


class Here:
    """Where this process is, in the place of a namespace."""

    def __init__(self, net):
        self.net = net

    def start(self, words):
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started = lab.Process(words, process)
        self.net.keep(started.kill)
        return started


def on_loopback(net, show, reason):
    print(f"No LAN of network namespaces here ({reason}):\n"
          "a tv and two pads play on loopback; nothing is cut, and there is no VPN.\n")
    show.domain, show.selectors = f"couch-{os.getpid()}", ["--interface", "type=loopback"]
    here = Here(net)
    tv = show.start(here, "host", "tv")
    pads = [show.start(here, "pad", name) for name in ("pad-1", "pad-2")]
    for pad in pads:
        show.greet(tv, pad)
    show.leave_and_return(tv, pads[0])
    show.finish()
    show.table()


def main():
    reason = lab.unavailable()
    with lab.Lab() as net:  # which closes on signals, too
        folder = tempfile.mkdtemp(prefix="mcast-demo-")
        net.keep(lambda: shutil.rmtree(folder))
        show = Show(net, sys.argv[1], folder)
        try:
            if reason:
                on_loopback(net, show, reason)
            else:
                on_a_lan(net, show)
        except lab.Timeout as problem:
            show.check(False, str(problem))
        return show.verdict()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    sys.exit(main())
