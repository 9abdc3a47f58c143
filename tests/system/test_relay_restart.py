#!/usr/bin/env python3
"""mcastd started again under a service manager that keeps its sockets: nothing the kernel holds is lost."""

import os
import signal
import socket
import time

from relay_case import FORWARD, RelayTest
from service_manager import ServiceManager
from system_case import main, program

RATE = 4000  # messages a second, one datagram each


class Restart(RelayTest):
    def setUp(self):
        super().setUp()
        self.lans()
        self.pad, self.attic, self.tv = (self.host("pad", 0), self.host("attic", 0, 1),
                                         self.host("tv", 1))
        self.manager = ServiceManager(self.folder)
        self.addCleanup(self.manager.close)

    def start(self, text=FORWARD):
        path = self.config("attic", 'name = "attic"\n' + text)
        home = os.path.join(self.folder, "attic")
        os.makedirs(home, exist_ok=True)
        words = self.manager.words(program("MCASTD_BIN"), "run", "--config", path, "--state", home)
        daemon = self.attic.start(words, env={**self.environment(self.attic),
                                              "NOTIFY_SOCKET": self.manager.path})
        daemon.line(lambda line: "relay '" in line, what="the relay has started")
        return daemon

    def talk(self, seconds):
        """A stream that is under way from pad to tv, and its last number."""
        count = seconds * RATE
        subscriber = self.mcast(self.tv, "sub", "log", "--plain")
        self.pad.start(["sh", "-c", f"seq -f '%.0f of the lines of this log' 1 {count} | "
                        f"exec {program('MCAST_BIN')} pub log --wait 1 --rate {RATE}"])
        subscriber.line(lambda text: text.startswith("1 of"), within=20, what="the stream begins")
        return subscriber, count

    def heard(self, subscriber, count):
        subscriber.line(lambda text: text.startswith(f"{count} of"), within=30, what="the last line")
        return [int(text.split()[0]) for stream, text in subscriber.lines
                if stream == "out" and text[:1].isdigit()]

    def test_a_restart_loses_nothing(self):
        daemon = self.start()
        subscriber, count = self.talk(6)
        pauses = []
        for _ in range(3):
            time.sleep(1)
            begun = time.monotonic()
            daemon.signal(signal.SIGTERM)
            daemon.wait(10)
            daemon = self.start()
            pauses.append(time.monotonic() - begun)
        self.assertEqual(self.heard(subscriber, count), list(range(1, count + 1)))
        print("[stopped and serving again after " + ", ".join(f"{one * 1e3:.0f}" for one in pauses)
              + " ms] ", end="", flush=True)

    def test_foreign_groups_lose_nothing_either(self):
        text = (FORWARD + '[[foreign]]\ngroup = "239.1.2.3"\nport = 5000\nfrom = ["e0"]\n'
                'to = ["e1"]\nrate = 100000\n')
        daemon = self.start(text)
        ears = self.tv.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ears.bind(("239.1.2.3", 5000))
        ears.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        socket.inet_aton("239.1.2.3") + socket.inet_aton("10.2.0.2"))
        ears.settimeout(3)
        mouth = self.pad.socket(socket.AF_INET, socket.SOCK_DGRAM)
        mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.1.0.1"))
        mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 4)

        def speak(numbers):
            for number in numbers:
                mouth.sendto(str(number).encode(), ("239.1.2.3", 5000))

        speak(range(50))
        daemon.signal(signal.SIGTERM)
        daemon.wait(10)
        speak(range(50, 150))  # nobody is there but the socket
        self.start(text)
        speak(range(150, 200))
        self.assertEqual([int(ears.recv(100)) for _ in range(200)], list(range(200)))

    def test_one_that_was_killed_goes_on_with_those_it_knew(self):
        daemon = self.start()
        subscriber, count = self.talk(4)
        time.sleep(1)
        daemon.signal(signal.SIGKILL)
        daemon.wait(10)
        self.start()
        numbers = self.heard(subscriber, count)
        lost = count - len(numbers)
        print(f"[{lost} of {count} lost with the process] ", end="", flush=True)
        # What it had taken from the kernel and not sent yet.
        self.assertLess(lost, RATE // 20)
        self.assertEqual(numbers, sorted(set(numbers)))

    def test_relays_that_a_reload_opens_anew_are_kept_instead(self):
        daemon = self.start()
        before = self.manager.names()
        self.config("attic", 'name = "attic"\n' + FORWARD + '[limits]\nflows_max = 5000\n')
        daemon.signal(signal.SIGHUP)
        self.until(lambda names: not set(names) & set(before))
        self.until(lambda names: len(names) >= len(before))
        after = self.manager.names()
        self.assertEqual(len(after), len(set(after)))
        daemon.signal(signal.SIGTERM)
        daemon.wait(10)
        self.start('hops_max = 5\n' + FORWARD)
        subscriber, count = self.talk(1)
        self.assertEqual(self.heard(subscriber, count), list(range(1, count + 1)))
        self.assertEqual(set(self.manager.names()) & set(after), set(after))

    def test_a_port_that_was_for_unicast_may_be_the_next_one_for_groups(self):
        daemon = self.start()  # its two domains have 7401 and 7402 for themselves
        for port in 7401, 7402, 7400:
            daemon.signal(signal.SIGTERM)
            daemon.wait(10)
            daemon = self.start(f"port = {port}\n" + FORWARD)
        subscriber, count = self.talk(1)
        self.assertEqual(self.heard(subscriber, count), list(range(1, count + 1)))

    def test_what_is_of_no_use_any_more_is_not_kept(self):
        daemon = self.start()
        before = self.manager.names()
        self.assertTrue(any(name.endswith(".announcements") for name in before), before)
        self.assertEqual(len(before), len(set(before)))
        self.attic.ip("link delete e1")
        self.until(lambda names: len(names) < len(before))
        daemon.signal(signal.SIGTERM)
        daemon.wait(10)
        self.attic.ip("link delete e0")
        # Nobody takes them any more; given up ten seconds after the start.
        self.start()
        gone = [name for name in self.manager.names() if name in before and "unicast" in name]
        self.assertTrue(gone)
        self.until(lambda names: not any(one.split(".")[2:] == name.split(".")[2:]
                                         for one in gone for name in names))
        kept = [name for name in self.manager.names() if name.endswith(".announcements")]
        self.assertEqual(len(kept), 2)  # of its domain, and of the relays' own

    def until(self, wanted):
        deadline = time.monotonic() + 20
        while not wanted(self.manager.names()):
            self.assertLess(time.monotonic(), deadline, self.manager.names())
            time.sleep(0.1)


if __name__ == "__main__":
    main()
