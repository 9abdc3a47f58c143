"""Documents as blocks: what is fenced in them, and the marker in the comment before.

A fenced block may be preceded by an HTML comment that says what the tests do with it:

    <!-- run -->                 sh: run as a whole, and end with 0
    (nothing)                    sh: parsed, programs and files looked up, `mcast …` arguments tried
    <!-- compile SCHEMA... -->   cpp: a translation unit; the schemas' generated headers are there
    <!-- from FILE -->           any: a part of FILE, word for word (indentation aside)
"""

import dataclasses
import pathlib
import re
import shlex

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(
    r"(?:^<!--\s*(?P<marker>[^>]*?)\s*-->\n\s*)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL)
SEPARATORS = {"|", "||", "&&", ";", "&", "(", ")"}


@dataclasses.dataclass
class Block:
    document: str
    line: int
    language: str
    marker: str
    text: str

    def where(self):
        return f"{self.document}:{self.line}"


def all_documents():
    found = sorted(ROOT.glob("*.md"))
    for folder in ("src", "include", "transports", "schemas", "tools", "bench", "tests", "docs",
                   "examples"):
        found += sorted((ROOT / folder).rglob("*.md"))
    return found


def blocks_of(document, text):
    return [Block(document, text.count("\n", 0, match.start("text")), match.group("language"),
                  match.group("marker") or "", match.group("text"))
            for match in FENCE.finditer(text)]


def all_blocks():
    return [block for path in all_documents()
            for block in blocks_of(path.relative_to(ROOT).as_posix(), path.read_text())]


def simple_commands(text):
    """The words of each simple command of a shell text: pipelines and lists are taken apart."""
    found = []
    for line in text.replace("\\\n", " ").split("\n"):
        lexer = shlex.shlex(line.strip().removeprefix("$ "), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words, skip = [], False
        for word in lexer:
            if word in SEPARATORS:
                found.append(words)
                words = []
            elif re.fullmatch(r"\d?[<>]+&?", word):
                skip = True
            elif skip:
                skip = False
            else:
                words.append(word)
        found.append(words)
    return [words for words in found if words]
