#!/usr/bin/env python3
"""Prints the rows of docs/reference/complaints.md with the tests that they name, and says which of these are not there.

Usage: scripts/complaints.py [--check]     (--check prints only what is wrong, and fails if anything is)

A test is there when the file that is named has a test of that name: a function under #[test] or a case of the store's contract
in Rust, a `test` or `it` in TypeScript and in e2e/, a function of a check under scripts/.
"""

import re
import sys

from rows import ROOT, test_code

PAGE = "docs/reference/complaints.md"
CONTRACT = "crates/deskbell-store/tests/contract/"
LEAST = 40
CELLS = ["No", "People say", "Deskbell", "Held by", "Heard at"]


def complaints(text):
    """The cells of each row of the page's tables, in order.

    >>> complaints("| No | x |\\n| --- | --- |\\n| 1 | It lies. | It does not. | `a.rs`: `b` | c/d#1 |\\n| 2 | y |")
    [['1', 'It lies.', 'It does not.', '`a.rs`: `b`', 'c/d#1'], ['2', 'y']]
    """
    return [line.strip("| ").split(" | ") for line in text.splitlines() if re.match(r"\| \d+ \|", line)]


def named(cell):
    """Path and name of each test that a cell names.

    >>> named("`a/tests/b.rs`: `c`, `e2e/tests/d.test.mjs`: `no word is lost`")
    [('a/tests/b.rs', 'c'), ('e2e/tests/d.test.mjs', 'no word is lost')]
    >>> named("somewhere")
    []
    """
    return re.findall(r"`([^`]+)`: `([^`]+)`", cell)


def is_test(path, text, name, contract=""):
    """Whether `text`, which stands at `path`, has a test of that name; `contract` is the list of the contract's cases.

    >>> is_test("crates/x/src/a.rs", "#[cfg(test)]\\nmod tests {\\n    #[test]\\n    fn it_holds() {}\\n}", "it_holds")
    True
    >>> is_test("crates/x/tests/a.rs", "#[tokio::test(start_paused = true)]\\nasync fn it_holds() {}", "it_holds")
    True
    >>> is_test("crates/x/tests/a.rs", "#[test]\\nfn another() {}\\nfn it_holds() {}", "it_holds")
    False
    >>> is_test("crates/x/src/a.rs", "#[test]\\nfn it_holds() {}", "it_holds")
    False
    >>> case = "pub(crate) async fn it_holds(store: Shared) {"
    >>> [is_test(CONTRACT + "event.rs", case, "it_holds", list) for list in ("event:\\n  it_holds;", "event:\\n  it_holds_not;")]
    [True, False]
    >>> is_test("crates/x/web/src/a.test.ts", '  it("holds, always", async () => {', "holds, always")
    True
    >>> is_test("e2e/tests/a.test.mjs", 'test.skip("holds", async () => {', "holds")
    False
    >>> is_test("scripts/verify/a.py", "def judge(it):", "judge")
    True
    >>> is_test("docs/a.md", "it holds", "it holds")
    False
    """
    kinds = {
        ".rs": (r"#\[(?:tokio::)?test\b[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*(?:async )?fn ", rf"{name}\("),
        ".ts": (r"^ *(?:test|it)\(", re.escape(f'"{name}"')),
        "mjs": (r"^ *(?:test|it)\(", re.escape(f'"{name}"')),
        ".py": (r"^def ", rf"{re.escape(name)}\("),
    }
    start, word = kinds.get(path[-3:], ("", "a^"))
    if path.startswith(CONTRACT) and re.search(rf"\b{name}\b", contract):
        start = r"^pub\(crate\) async fn "
    code = test_code(path, text) if path.endswith(".rs") else text
    return re.search(start + word, code, re.MULTILINE) is not None


def wrong(rows, is_there):
    """What is wrong with the rows; `is_there` judges a path and a name.

    >>> good = [[str(n), "It lies.", "It does not.", "`a.rs`: `b`", "c/d#1"] for n in range(1, 41)]
    >>> wrong(good, lambda path, name: True)
    []
    >>> wrong(good, lambda path, name: False)[0]
    '1: a.rs has no test b'
    >>> wrong(good[:39], lambda path, name: True)
    ['39 rows: there have to be 40']
    >>> wrong(good + [["41", "It lies.", "", "a test", "-"], ["43", "x"]], lambda path, name: True)
    ['41: an empty cell', '41: no test is named', '43: this is row 42', '43: 2 cells, not 5']
    """
    found = []
    for number, row in enumerate(rows, 1):
        cells = dict(zip(CELLS, row))
        if row[0] != str(number):
            found.append(f"{row[0]}: this is row {number}")
        if len(row) != len(CELLS):
            found.append(f"{row[0]}: {len(row)} cells, not {len(CELLS)}")
            continue
        if not all(cell.strip() for cell in row):
            found.append(f"{row[0]}: an empty cell")
        tests = named(cells["Held by"])
        if not tests:
            found.append(f"{row[0]}: no test is named")
        found += [f"{row[0]}: {path} has no test {name}" for path, name in tests if not is_there(path, name)]
    if len(rows) < LEAST:
        found.append(f"{len(rows)} rows: there have to be {LEAST}")
    return found


def is_there(path, name):
    file = ROOT / path
    contract = (ROOT / CONTRACT / "main.rs").read_text(encoding="utf-8")
    return file.is_file() and is_test(path, file.read_text(encoding="utf-8"), name, contract)


def main(check):
    rows = complaints((ROOT / PAGE).read_text(encoding="utf-8"))
    faults = wrong(rows, is_there)
    if not check:
        for row in rows:
            print(row[0], " ".join(f"{path}: {name}" for path, name in named(" ".join(row[3:4]))))
    for fault in faults:
        print(f"{PAGE}, {fault}")
    print(f"{len(rows)} complaints, {len(faults)} faults.")
    return 1 if check and faults else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
