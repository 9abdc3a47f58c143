#!/usr/bin/env python3
"""mcastd for a while under all that happens: loss, hosts that come and go, links that fall, reloads.

MCAST_SOAK_SECONDS says for how long (20); ten minutes under the address sanitizer are for a night
(with ASAN_OPTIONS=quarantine_size_mb=4, or what was freed counts as used).
"""

import itertools
import os
import random
import signal
import time

import file_case
from relay_case import FORWARD, RelayTest
from system_case import main, program

SECONDS = float(os.environ.get("MCAST_SOAK_SECONDS", "20"))


class Soak(RelayTest):
    def test_memory_is_flat_and_everything_is_accounted_for(self):
        chance = random.Random(int(os.environ.get("MCAST_SOAK_SEED", "1")))
        self.lans(3)
        pad, tv = self.host("pad", 0), self.host("tv", 1)
        guests = [self.host(f"guest-{number}", number % 3) for number in range(3)]
        attic = self.host("attic", 0, 1, 2)
        file_case.lossy(tv, 2)
        daemon = self.relay(attic)
        subscriber = self.mcast(tv, "sub", "log", "--plain", "--reliable")
        count = int(SECONDS * 1500)
        pad.start(["sh", "-c", f"seq 1 {count} | exec {program('MCAST_BIN')} pub log --reliable "
                   "--wait 1 --rate 1500 --patience 60s"])
        subscriber.line(lambda text: text == "1", within=20)
        resident, visitors, numbers = [], [], itertools.count()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            what = chance.randrange(4)
            if what == 0:
                visitors.append(self.mcast(chance.choice(guests), "sub", "log", "--plain",
                                           "--duration", f"{chance.randrange(200, 1500)}ms"))
            elif what == 1:
                visitors.append(self.mcast(chance.choice(guests), "pub", "chatter", "hello",
                                           "--count", "50", "--rate", "200"))
            elif what == 2:
                rule = f'[[rule]]\ntopic = "secret-{next(numbers)}"\naction = "drop"\n'
                self.config("attic", 'name = "attic"\n' + FORWARD + rule)
                daemon.signal(signal.SIGHUP)
            else:
                attic.ip("link set e2 down")
                time.sleep(0.1)
                attic.ip("link set e2 up")
            time.sleep(0.3)
            resident.append(self.view(attic)["memory"]["used"])
            for gone in [one for one in visitors if one.process.poll() is not None]:
                gone.wait()
                visitors.remove(gone)
        for visitor in visitors:
            visitor.kill()
        subscriber.line(lambda text: text == str(count), within=60, what="the last message")
        got = [int(text) for stream, text in subscriber.lines if stream == "out" and text.isdigit()]
        self.assertEqual(got, list(range(1, count + 1)))
        quarter = max(len(resident) // 4, 1)
        early, late = max(resident[quarter:2 * quarter] or resident), max(resident[-quarter:])
        print(f"{SECONDS:.0f} s: {late >> 20} MiB resident, {early >> 20} before; {count} messages",
              flush=True)
        self.assertLess(late, early + (8 << 20), resident)
        self.accounts_balance(attic)
        self.assertEqual(daemon.stop(), 0)

    def accounts_balance(self, attic):
        """What the relay says it forwarded has left; e2 began to count anew with each fall."""
        forwarded = sum(route["forwarded"]["datagrams"] for route in self.view(attic)["routes"]
                        if route["to"] == "e1")
        e1, = [one for one in self.view(attic, "interfaces")["interfaces"] if one["name"] == "e1"]
        self.assertGreater(forwarded, 0)
        self.assertLessEqual(forwarded, e1["sent"]["datagrams"])
        self.assertEqual((e1["send_errors"], e1["receive_dropped"]), (0, 0), e1)


if __name__ == "__main__":
    main()
