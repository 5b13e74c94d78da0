#!/usr/bin/env python3
"""Prints which rows of docs/rows.md have a test that names them, and which have none.

Usage: scripts/rows.py [--check]     (--check prints only what is missing, and fails if anything is)

A row counts as covered when its id stands, as a literal, in test code: a file under a tests/ folder, a tests.rs, a
store's contract suite, or what follows #[cfg(test)] in a source.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ("crates", "bench", "e2e", "scripts")
BUILT = {"target", "node_modules", "dist"}
ID = re.compile(r"\b[A-H]-\d{2,3}\b")


def promised(text):
    """The ids of the rows of a Markdown table, in order.

    >>> promised("| Id | x |\\n| --- | --- |\\n| A-001 | see A-002 |\\n| B-013 | y |")
    ['A-001', 'B-013']
    >>> promised("| A-001 | x |\\n| A-001 | y |")
    Traceback (most recent call last):
    ValueError: listed twice: A-001
    """
    ids = re.findall(r"^\| ([A-H]-\d{2,3}) \|", text, re.MULTILINE)
    twice = sorted({row for row in ids if ids.count(row) > 1})
    if twice:
        raise ValueError("listed twice: " + " ".join(twice))
    return ids


def test_code(path, text):
    """The part of a source that is test code.

    >>> test_code("crates/x/tests/api.rs", "// A-001")
    '// A-001'
    >>> test_code("crates/x/src/a/tests.rs", "// A-001")
    '// A-001'
    >>> test_code("crates/x/src/a.rs", "/// A-001\\nfn a() {}\\n#[cfg(test)]\\nmod tests { // A-002")
    '\\nmod tests { // A-002'
    >>> test_code("crates/x/src/a.rs", "/// A-001")
    ''
    >>> test_code("scripts/rows.py", "A-001")
    ''
    """
    parts = path.split("/")
    if {"tests", "contract", "e2e"} & set(parts[:-1]) or parts[-1] in ("tests.rs", "contract.rs"):
        return text
    return text.partition("#[cfg(test)]")[2] if path.endswith(".rs") else ""


def named(text):
    """The ids in a text. A range is not its members: a test names each row that it covers.

    >>> sorted(named("A-001, A-012 and B-070…B-077, A-1"))
    ['A-001', 'A-012', 'B-070', 'B-077']
    """
    return set(ID.findall(text))


def covered():
    """The tests of each id."""
    tests = {}
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix not in (".rs", ".ts", ".mjs", ".py") or BUILT & set(path.parts):
                continue
            for row in named(test_code(name, path.read_text(encoding="utf-8"))):
                tests.setdefault(row, []).append(name)
    return tests


def main(check):
    rows = promised((ROOT / "docs/rows.md").read_text(encoding="utf-8"))
    tests = covered()
    missing = [row for row in rows if row not in tests]
    if not check:
        for row in rows:
            print(row, " ".join(tests.get(row, ["MISSING"])))
        further = sorted(set(tests) - set(rows))
        print(f"\nNamed beyond the list: {' '.join(further) or 'none'}")
    if missing:
        print("Without a test:", " ".join(missing))
    print(f"{len(rows) - len(missing)} of {len(rows)} rows have a test that names them, {len(missing)} have none.")
    return 1 if check and missing else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
