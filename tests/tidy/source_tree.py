"""What the tests of the house share: which files there are, and C++ without its comments."""

import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["include", "src", "transports", "schemas", "tools", "bench", "tests", "examples", ".ci"]
CPP = (".hpp", ".cpp")


def files(folders=None, suffixes=None):
    """Paths below ROOT, relative to it, of all sources (without suffixes: of all files)."""
    found = []
    for folder in folders or FOLDERS:
        for where, names, leaves in os.walk(ROOT / folder):
            names[:] = sorted(n for n in names if n not in ("__pycache__", "corpus"))
            for leaf in sorted(leaves):
                path = (pathlib.Path(where) / leaf).relative_to(ROOT)
                if leaf.endswith(".pyc"):
                    continue
                if suffixes is None or path.suffix in suffixes:
                    found.append(path)
    return found


def read(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s"]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""",
    re.DOTALL,
)


def code_of(text, keep_strings=False):
    """The text with comments (and the inside of literals) blanked; line breaks stay."""
    text = re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "", text)  # 1'000 is not a literal

    def blank(match):
        token = match.group(0)
        if token.startswith("/"):
            return "\n" * token.count("\n") or " "
        if keep_strings:
            return token
        return token[0] + "\n" * token.count("\n") + token[-1] if token[0] != "R" else (
            '""' + "\n" * token.count("\n"))

    return _TOKEN.sub(blank, text)
