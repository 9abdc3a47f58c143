#!/usr/bin/env python3
"""Who may include whom: the floors of the house (src/README.md has the picture)."""

import re
import unittest

import source_tree

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# Floor -> what it may include of ours, by the first part of the path. A floor sees itself and the
# floors below; 2 (protocol) and 3 (transports, platform) never see each other, and 4 (node) sees 3
# only through the contracts of include/mcast.
OURS = {
    "include/mcast": ["mcast"],
    "src/base": ["base"],
    "src/contract": ["mcast", "base", "contract"],
    "src/wire": ["mcast", "base", "contract", "wire"],
    "src/parity": ["mcast", "base", "contract", "wire", "parity"],
    "src/protocol": ["mcast", "base", "contract", "wire", "protocol"],
    "src/platform": ["mcast", "base", "contract", "platform"],
    "transports/socket": ["mcast", "base", "contract", "platform", "transports/socket"],
    "transports/sim": ["mcast", "base", "contract", "transports/sim"],
    # The same sockets, however datagrams move: io_uring is an engine of transports/socket.
    "transports/uring": ["mcast", "base", "contract", "platform", "transports/socket",
                         "transports/uring"],
    # Sockets for the plain UDP of others, pinned and addressed as those of transports/socket.
    "transports/plain": ["mcast", "base", "contract", "platform", "transports/socket",
                         "transports/plain"],
    "transports/dpdk": ["mcast", "base", "contract", "platform", "transports/dpdk"],
    "src/node": ["mcast", "base", "contract", "wire", "parity", "protocol", "node"],
    "src/relay": ["mcast", "base", "contract", "wire", "protocol", "node", "relay"],
    "src/runner": ["mcast", "base", "contract", "wire", "parity", "protocol", "node", "runner"],
}
TOP = ("src/compose", "tools", "bench", "tests", "examples")  # floor 5 sees everything
COMPOSERS = ("src/node/open.cpp",)  # floor 5 too, though it lies beside the node

# The two headers of the public folder that know no word of the domain.
BASE_ALSO = ("mcast/assert.hpp", "mcast/export.hpp")
# The faces of floors 4 and 3: seen by nobody below but their own makers.
FACES = {
    "mcast/mcast.hpp": (),
    "mcast/node.hpp": ("src/node", "src/runner"),
    "mcast/publisher.hpp": ("src/node", "src/runner"),
    "mcast/subscriber.hpp": ("src/node", "src/runner"),
    "mcast/runner.hpp": ("src/runner",),
    "mcast/socket.hpp": ("transports/socket", "transports/uring"),
    "mcast/sim.hpp": ("transports/sim",),
    "mcast/uring.hpp": ("transports/uring",),
    "mcast/dpdk.hpp": ("transports/dpdk",),
}

# Third parties and corners of the system, each with the places that may know it.
ELSEWHERE = [
    (r"(capnp|kj)/|.*\.capnp\.h$",
     ("include/mcast/message.hpp", "include/mcast/subscriber.hpp", "include/mcast/runner.hpp",
      "src/wire/", "tools/", "bench/", "tests/", "examples/")),
    (r"linux/(rtnetlink|netlink|if_link|if_addr)\.h$", ("src/platform/", "tests/")),
    (r"sys/socket\.h$",
     ("transports/socket/", "transports/plain/", "transports/uring/", "transports/dpdk/",
      "src/platform/netlink",
      "tools/mcast/bench/", "tools/mcastd/", "bench/relay/", "tests/")),
    (r"liburing", ("transports/uring/", "tools/mcast/bench/")),
    (r"rte_", ("transports/dpdk/", "tools/mcast/bench/raw_dpdk_port", "tools/mcast/bench/ring_port",
               "tests/")),
    (r"bpf/", ("transports/dpdk/", "tests/")),
    (r"isa-l", ("src/parity/isal_combiner.cpp",)),
    (r"CLI/", ("tools/",)),
    (r"toml\+\+/", ("tools/mcastd/toml_document.cpp",)),
    (r"spdlog/", ("tools/mcastd/log.cpp",)),
    (r"microhttpd", ("tools/mcastd/http_server.cpp",)),
    (r"(gtest|gmock)/", ("tests/",)),
    (r"benchmark/", ("bench/",)),
    (r"concurrentqueue", ("src/runner/", "tests/unit/runner/")),
    # libmcast starts no thread and takes no lock, but for those who ask for a Runner.
    (r"(thread|mutex|shared_mutex|condition_variable|future)$",
     ("src/runner/", "tools/", "bench/", "tests/", "examples/")),
]


def floor_of(path):
    for floor in OURS:
        if path.startswith(floor + "/"):
            return floor
    return None


def is_top(path):
    return path in COMPOSERS or path.startswith(tuple(folder + "/" for folder in TOP))


def may_see(path, floor, header):
    if floor == "src/base" and header in BASE_ALSO:
        return True
    if header in FACES and floor != "include/mcast" and floor not in FACES[header]:
        return False
    return any(header.startswith(allowed + "/") for allowed in OURS[floor])


def complaints(path, text):
    """One sentence for each include of this file that breaks a floor."""
    found = []
    floor = floor_of(path)
    if floor is None and not is_top(path):
        return [f"{path} stands on no floor: tests/tidy/test_floors.py does not know its folder"]
    for match in INCLUDE.finditer(source_tree.code_of(text, keep_strings=True)):
        quoted, header = match.group(1) == '"', match.group(2)
        for pattern, places in ELSEWHERE:
            if re.match(pattern, header) and not path.startswith(places):
                found.append(f"{path} includes {header}, which belongs to {', '.join(places)} only")
        if quoted and not re.match(r".*\.capnp\.h$", header) and not is_top(path):
            if not may_see(path, floor, header):
                found.append(f"{path} includes {header}, which is not below {floor}")
        if not quoted and header.startswith("mcast/"):
            found.append(f'{path} includes <{header}>: write "{header}"')
    return found


class Floors(unittest.TestCase):
    def test_no_include_breaks_a_floor(self):
        folders = ["include", "src", "transports", "tools", "bench", "examples"]
        paths = source_tree.files(folders, source_tree.CPP)
        self.assertGreater(len(paths), 30, "the sources were not found")
        found = [c for path in paths for c in complaints(path.as_posix(), source_tree.read(path))]
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_broken_floors_are_noticed(self):
        for path, include in [
            ("src/base/ring.hpp", '"mcast/time.hpp"'),
            ("src/base/ring.hpp", '"wire/header.hpp"'),
            ("include/mcast/node.hpp", '"base/ring.hpp"'),
            ("include/mcast/node.hpp", "<capnp/message.h>"),
            ("src/contract/topic.cpp", '"wire/header.hpp"'),
            ("src/contract/topic.cpp", '"mcast/node.hpp"'),
            ("src/wire/header.cpp", '"protocol/peer.hpp"'),
            ("src/protocol/peer.cpp", '"platform/netlink_monitor.hpp"'),
            ("src/protocol/peer.cpp", '"transports/sim/lan.hpp"'),
            ("src/protocol/peer.cpp", '"mcast/sim.hpp"'),
            ("src/protocol/peer.cpp", '"control.capnp.h"'),
            ("src/protocol/peer.cpp", "<kj/exception.h>"),
            ("src/protocol/peer.cpp", '"parity/encoder.hpp"'),
            ("src/parity/encoder.cpp", '"protocol/peer.hpp"'),
            ("src/parity/encoder.cpp", "<isa-l/erasure_code.h>"),
            ("src/platform/waker.cpp", '"protocol/peer.hpp"'),
            ("src/platform/waker.cpp", "<sys/socket.h>"),
            ("transports/sim/lan.cpp", '"protocol/peer.hpp"'),
            ("transports/sim/lan.cpp", '"wire/header.hpp"'),
            ("transports/sim/lan.cpp", '"transports/socket/socket.hpp"'),
            ("transports/socket/socket.cpp", "<linux/rtnetlink.h>"),
            ("transports/socket/socket.cpp", "<liburing.h>"),
            ("transports/uring/ring.cpp", "<rte_mbuf.h>"),
            ("transports/socket/engine.hpp", '"transports/uring/ring.hpp"'),
            ("src/node/node.cpp", '"transports/socket/socket.hpp"'),
            ("src/node/node.cpp", '"mcast/socket.hpp"'),
            ("src/node/node.cpp", '"platform/steady_clock.hpp"'),
            ("src/node/node.cpp", "<thread>"),
            ("src/node/node.cpp", "<concurrentqueue/concurrentqueue.h>"),
            ("src/node/node.cpp", '"runner/draft.hpp"'),
            ("src/node/node.cpp", '"mcast/runner.hpp"'),
            ("include/mcast/runner.hpp", "<thread>"),
            ("src/node/node.cpp", "<CLI/CLI.hpp>"),
            ("tools/mcastd/config_file.cpp", "<toml++/toml.h>"),
            ("src/relay/rule.cpp", '"tools/mcastd/config.hpp"'),
            ("src/node/node.cpp", "<mcast/time.hpp>"),
            ("src/elsewhere/thing.cpp", "<vector>"),
        ]:
            with self.subTest(path=path, include=include):
                self.assertEqual(len(complaints(path, f"#include {include}\n")), 1)

    def test_sound_includes_are_let_through(self):
        for path, include in [
            ("src/base/assertion.cpp", '"mcast/assert.hpp"'),
            ("include/mcast/message.hpp", "<capnp/message.h>"),
            ("src/wire/control.cpp", '"control.capnp.h"'),
            ("src/protocol/peer.cpp", '"wire/control.hpp"'),
            ("src/platform/netlink_monitor.cpp", "<linux/rtnetlink.h>"),
            ("src/platform/netlink_monitor.cpp", "<sys/socket.h>"),
            ("transports/socket/host.cpp", '"platform/steady_clock.hpp"'),
            ("transports/socket/host.cpp", '"mcast/socket.hpp"'),
            ("transports/uring/engine.cpp", '"transports/socket/engine.hpp"'),
            ("src/node/node.cpp", '"protocol/peer.hpp"'),
            ("src/node/open.cpp", '"mcast/socket.hpp"'),
            ("src/node/inbound.cpp", '"parity/decoder.hpp"'),
            ("src/parity/isal_combiner.cpp", "<isa-l/erasure_code.h>"),
            ("src/runner/runner_core.hpp", "<thread>"),
            ("src/runner/runner_core.hpp", '"mcast/runner.hpp"'),
            ("src/runner/outlet.hpp", '"node/publisher_core.hpp"'),
            ("tools/mcast/main.cpp", "<CLI/CLI.hpp>"),
            ("tools/mcastd/toml_document.cpp", "<toml++/toml.h>"),
            ("src/node/node.cpp", '"mcast/publisher.hpp"  // not "transports/sim/lan.hpp"'),
        ]:
            with self.subTest(path=path, include=include):
                self.assertEqual(complaints(path, f"#include {include}\n"), [])

    def test_includes_in_comments_do_not_count(self):
        text = '// #include "node/node.hpp"\n/*\n#include <thread>\n*/\n'
        self.assertEqual(complaints("src/base/ring.hpp", text), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
