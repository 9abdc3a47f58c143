#!/usr/bin/env python3
"""Installs to a temporary prefix and builds a program against it as users do.

Takes the build folder in MCAST_BUILD; a prefix of its own is configured there, so that what
mcast.pc and the CMake package say is what a real installation says.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = pathlib.Path(os.environ["MCAST_BUILD"])
COMPILER = os.environ.get("MCAST_CXX", "g++")
DPDK = os.environ.get("MCAST_DPDK") == "1"  # whether it was built with that backend


def run(command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False,
                          **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="mcast-install-")
        base = pathlib.Path(cls.folder.name)
        # DESTDIR keeps the build's own prefix out of the way; then the tree is moved to where a
        # relocatable installation may lie, and mcast.pc told so.
        run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", base / "d"])
        config = next((base / "d").rglob("mcastConfig.cmake"))
        inner = next(p for p in config.parents if (p / "include/mcast/mcast.hpp").exists())
        cls.prefix = base / "prefix"
        shutil.move(inner, cls.prefix)
        cls.libdir = next(cls.prefix.rglob("libmcast.a")).parent
        cls.static_prefix = base / "static"
        shutil.copytree(cls.prefix, cls.static_prefix, symlinks=True)
        for shared in cls.static_prefix.rglob("libmcast.so*"):
            shared.unlink()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def workplace(self):
        folder = tempfile.TemporaryDirectory(prefix="mcast-consumer-")
        self.addCleanup(folder.cleanup)
        target = pathlib.Path(folder.name) / "consumer"
        shutil.copytree(HERE / "consumer", target)
        return target

    def pkg_config(self, prefix, *arguments, name="mcast"):
        pc = next(prefix.rglob("mcast.pc"))
        environment = dict(os.environ, PKG_CONFIG_PATH=str(pc.parent))
        return run(["pkg-config", f"--define-variable=prefix={prefix}", *arguments, name],
                   env=environment).split()

    def check_runs(self, program, shared, library_path=None):
        needed = run(["readelf", "-d", program])
        self.assertEqual("libmcast.so.0" in needed, shared, needed)
        environment = dict(os.environ)
        if library_path:
            environment["LD_LIBRARY_PATH"] = str(library_path)
        self.assertRegex(run([program], env=environment, timeout=60), r"received \d+ greetings")

    def build_with_pkg_config(self, prefix, shared):
        place = self.workplace()
        run(["capnp", "compile", "-oc++", "greeting.capnp"], cwd=place)
        flags = self.pkg_config(prefix, "--cflags")
        libraries = self.pkg_config(prefix, "--libs", *([] if shared else ["--static"]))
        run([COMPILER, "-std=c++20", "-Wall", "-Wextra", "main.cpp", "greeting.capnp.c++", "-o",
             "consumer", *flags, *libraries], cwd=place)
        self.check_runs(place / "consumer", shared, self.libdir if shared else None)

    def test_pkg_config_shared(self):
        self.build_with_pkg_config(self.prefix, shared=True)

    def test_pkg_config_static(self):
        self.build_with_pkg_config(self.static_prefix, shared=False)

    def build_with_cmake(self, prefix, shared, *options):
        place = self.workplace()
        out = run(["cmake", "-G", "Ninja", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={prefix}",
                   f"-DCMAKE_CXX_COMPILER={COMPILER}", *options], cwd=place)
        self.assertNotIn("Warning", out)
        run(["cmake", "--build", "build"], cwd=place)
        self.check_runs(place / "build/consumer", shared)

    def test_cmake_shared(self):
        self.build_with_cmake(self.prefix, True)

    def test_cmake_static_by_choice(self):
        self.build_with_cmake(self.prefix, False, "-DMCAST_USE_STATIC=ON")

    def test_cmake_static_where_there_is_no_other(self):
        self.build_with_cmake(self.static_prefix, False)

    DPDK_MAIN = """#include "mcast/dpdk.hpp"
#include <cstdio>
int main() {
    const auto host = mcast::dpdk::host({.device = "net_null0"});
    std::puts(host ? "a host" : host.error().what.c_str());
}
"""

    def check_dpdk_runs(self, program):
        done = run([program], env=dict(os.environ, LD_LIBRARY_PATH=str(self.libdir)), timeout=60)
        self.assertIn("its addresses must be given", done)

    @unittest.skipUnless(DPDK, "libmcast was built without DPDK")
    def test_pkg_config_of_the_dpdk_backend_leaks_no_flags(self):
        place = self.workplace()
        (place / "main.cpp").write_text(self.DPDK_MAIN)
        flags = self.pkg_config(self.prefix, "--cflags", "--libs", name="mcast-dpdk")
        self.assertEqual([f for f in flags if "march" in f or "rte_" in f or f == "-include"], [])
        run([COMPILER, "-std=c++20", "-Wall", "-Wextra", "main.cpp", "-o", "consumer", *flags],
            cwd=place)
        self.check_dpdk_runs(place / "consumer")

    @unittest.skipUnless(DPDK, "libmcast was built without DPDK")
    def test_cmake_component_dpdk(self):
        place = self.workplace()
        (place / "main.cpp").write_text(self.DPDK_MAIN)
        (place / "CMakeLists.txt").write_text("""cmake_minimum_required(VERSION 3.20)
project(consumer CXX)
find_package(mcast CONFIG REQUIRED COMPONENTS dpdk)
add_executable(consumer main.cpp)
target_link_libraries(consumer PRIVATE mcast::dpdk)
""")
        run(["cmake", "-G", "Ninja", "-S", ".", "-B", "build",
             f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_CXX_COMPILER={COMPILER}"], cwd=place)
        run(["cmake", "--build", "build"], cwd=place)
        self.check_dpdk_runs(place / "build/consumer")

    def test_cmake_refuses_another_version(self):
        place = self.workplace()
        lists = place / "CMakeLists.txt"
        for version in ["0.2", "1.0", "0.1.99"]:
            lists.write_text(re.sub(r"find_package\(mcast \S+", f"find_package(mcast {version}",
                                    lists.read_text()))
            with self.subTest(version=version), self.assertRaisesRegex(AssertionError, "version"):
                run(["cmake", "-G", "Ninja", "-S", ".", "-B", f"b{version}",
                     f"-DCMAKE_PREFIX_PATH={self.prefix}"], cwd=place)

    def test_all_public_headers_and_schemas_are_there(self):
        wanted = {p.name for p in (ROOT / "include/mcast").glob("*.h*")}
        self.assertEqual({p.name for p in (self.prefix / "include/mcast").iterdir()}, wanted)
        schemas = {p.name for p in (ROOT / "schemas").glob("*.capnp")}
        self.assertTrue(schemas)
        installed = {p.name for p in (self.prefix / "share/mcast/schemas").glob("*.capnp")}
        self.assertEqual(installed, schemas)

    def test_installed_schemas_compile(self):
        for schema in (self.prefix / "share/mcast/schemas").glob("*.capnp"):
            run(["capnp", "compile", "-o-", schema.name], cwd=schema.parent, errors="replace")

    def test_the_static_archive_holds_its_objects(self):
        archive = self.libdir / "libmcast.a"
        self.assertEqual(archive.read_bytes()[:8], b"!<arch>\n", "a thin archive")
        members = run(["ar", "t", archive]).split()
        self.assertGreater(len(members), 20)
        self.assertEqual([m for m in members if not m.endswith(".o")], [])

    def test_the_soname_has_the_abi_number(self):
        self.assertIn("[libmcast.so.0]", run(["readelf", "-d", self.libdir / "libmcast.so"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
