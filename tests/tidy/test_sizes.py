#!/usr/bin/env python3
"""Every file fits in a head: at most 400 lines, no function longer than 60."""

import ast
import re
import unittest

import source_tree

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
SOURCES = (".hpp", ".cpp", ".py", ".sh", ".capnp", ".build", ".ci", ".in", "")

_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum)\b")


def file_complaint(path, text):
    count = text.count("\n")
    if count > FILE_LINES_MAX:
        return [f"{path} has {count} lines, more than {FILE_LINES_MAX}: split it by nouns"]
    return []


def is_function(head):
    """Whether `{` after these words opens a function's body (not a scope, not an initialiser)."""
    head = re.sub(r"\[\[.*?\]\]|\balignas\([^)]*\)|\b__attribute__\(\(.*?\)\)", "", head,
                  flags=re.DOTALL)
    if re.search(r"=\s*$", head) or "(" not in head:
        return False
    return not _SCOPE.search(head.split("(")[0])


def cpp_functions(text):
    """(first line, length in lines, head) of each function, methods of classes included."""
    code = keep_lines(source_tree.code_of(text))
    found, stack, start, line = [], [], 0, 1
    inside = 0  # how many function bodies we are in
    first_line = 1
    for at, character in enumerate(code):
        if character == "{":
            head = code[start:at]
            # A brace that is not the last on its line initialises a member: Foo() : a_{1} {
            opens = code[at + 1:at + 2] in ("\n", "") or code[at + 1:].split("\n")[0].strip() in (
                "", "}")
            function = inside == 0 and opens and is_function(head)
            if function:
                first_line = line - head.lstrip().count("\n")
            stack.append((function, head.strip().split("\n")[0]))
            inside += function
            if opens:
                start = at + 1
        elif character == "}" and stack:
            function, head = stack.pop()
            if function:
                inside -= 1
                found.append((first_line, line - first_line + 1, head))
            if function or not inside:
                following = code[at + 1:at + 2]
                if following in ("\n", ";", ""):
                    start = at + 1
        elif character == ";":
            start = at + 1
        if character == "\n":
            line += 1
    return found


def keep_lines(code):
    """Blanks preprocessor lines, continued ones too, without changing the number of lines."""
    out, continued = [], False
    for line in code.split("\n"):
        directive = continued or line.lstrip().startswith("#")
        continued = directive and line.endswith("\\")
        out.append("" if directive else line)
    return "\n".join(out)


def function_complaints(path, text):
    found = []
    if path.endswith(source_tree.CPP):
        functions = cpp_functions(text)
    elif path.endswith(".py"):
        functions = [(node.lineno, node.end_lineno - node.lineno + 1, node.name)
                     for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    else:
        functions = []
    for line, length, head in functions:
        if length > FUNCTION_LINES_MAX:
            found.append(f"{path}:{line}: {head} … has {length} lines, more than "
                         f"{FUNCTION_LINES_MAX}")
    return found


class Sizes(unittest.TestCase):
    def test_no_file_is_too_long(self):
        found = [c for path in source_tree.files(suffixes=SOURCES)
                 for c in file_complaint(path.as_posix(), source_tree.read(path))]
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_no_function_is_too_long(self):
        found, counted = [], 0
        for path in source_tree.files(suffixes=(".hpp", ".cpp", ".py")):
            text = source_tree.read(path)
            counted += text.count("(")
            found += function_complaints(path.as_posix(), text)
        self.assertGreater(counted, 1000, "the sources were not found")
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_long_files_are_noticed(self):
        self.assertEqual(file_complaint("a.cpp", "\n" * FILE_LINES_MAX), [])
        self.assertEqual(len(file_complaint("a.cpp", "\n" * (FILE_LINES_MAX + 1))), 1)

    def test_long_functions_are_noticed_in_every_shape(self):
        heads = [
            "void f() {",
            "std::size_t Node::poll(Instant now,\n                        int more) {",
            "[[nodiscard]] static auto g(const std::vector<int>& a) -> int {",
            "Foo::Foo(int a)\n    : a_(a),\n      b_{a} {",
            "TEST(Suite, Name) {",
            "template <typename T>\nvoid h(T t) {",
            "namespace x {\nclass MCAST_API Y : public Z {\npublic:\n    void f() override {",
        ]
        for head in heads:
            closing = "}\n" * (3 if "namespace" in head else 1)
            body = "    if (a) {\n        b({1, 2});\n    }\n"
            short = head + "\n" + body * 3 + closing
            long = head + "\n" + body * 20 + closing
            with self.subTest(head=head):
                self.assertEqual(function_complaints("a.cpp", short), [])
                self.assertEqual(len(function_complaints("a.cpp", long)), 1, cpp_functions(long))

    def test_scopes_and_tables_are_not_functions(self):
        for head in ["namespace a {", "struct B {", "class MCAST_API C : public D<int(int)> {",
                     "constexpr std::array<int, f(3)> kTable = {", "enum class E : std::uint8_t {"]:
            text = head + "\n" + "    int x;\n" * 90 + "};\n"
            with self.subTest(head=head):
                self.assertEqual(function_complaints("a.cpp", text), [])

    def test_neighbours_do_not_add_up(self):
        one = "void f(int a) {\n" + "    a();\n" * 40 + "}\n\n"
        lengths = [length for _, length, _ in cpp_functions("namespace n {\n" + one * 4 + "}\n")]
        self.assertEqual(lengths, [42] * 4)

    def test_long_python_functions_are_noticed(self):
        text = "def f():\n" + "    pass\n" * FUNCTION_LINES_MAX
        self.assertEqual(len(function_complaints("a.py", text)), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
