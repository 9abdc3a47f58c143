#!/usr/bin/env python3
"""Every public header can be included alone, without a warning, by both compilers."""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import source_tree

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
COMPILERS = ["g++", "clang++-14"]


def compile_alone(compiler, header, include):
    """What the compiler says about a file that includes only this header; empty if nothing."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "alone.cpp"
        # Twice, so that #pragma once is needed as well.
        source.write_text(f'#include "{header}"\n#include "{header}"\n')
        command = [compiler, "-std=c++20", *WARNINGS, f"-I{include}", "-c", "alone.cpp"]
        if shutil.which("ccache"):
            command.insert(0, "ccache")
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else f"{compiler} {header}:\n{done.stderr}"


def public_headers():
    return [path.relative_to("include").as_posix()
            for path in source_tree.files(["include"], (".hpp", ".h"))]


class Headers(unittest.TestCase):
    def alone(self, compiler):
        headers = public_headers()
        self.assertGreater(len(headers), 20, "the public headers were not found")
        include = source_tree.ROOT / "include"
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            said = list(pool.map(lambda h: compile_alone(compiler, h, include), headers))
        self.assertEqual([s for s in said if s], [], "\n" + "\n".join(said))

    def test_each_header_compiles_alone_with_gcc(self):
        self.alone("g++")

    def test_each_header_compiles_alone_with_clang(self):
        self.alone("clang++-14")

    def test_the_umbrella_includes_what_a_program_needs(self):
        umbrella = source_tree.read("include/mcast/mcast.hpp")
        for header in ["node", "publisher", "subscriber", "message", "event", "options", "result"]:
            self.assertIn(f'#include "mcast/{header}.hpp"', umbrella)

    def test_headers_that_lean_on_others_are_noticed(self):
        bad = {
            "leans.hpp": "#pragma once\ninline std::string f() { return {}; }\n",
            "narrows.hpp": "#pragma once\ninline char f(int a) { return a; }\n",
            "unguarded.hpp": "struct Once {};\n",
        }
        with tempfile.TemporaryDirectory() as folder:
            for name, text in bad.items():
                (pathlib.Path(folder) / name).write_text(text)
                for compiler in COMPILERS:
                    with self.subTest(header=name, compiler=compiler):
                        self.assertNotEqual(compile_alone(compiler, name, folder), "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
