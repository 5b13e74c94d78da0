#!/usr/bin/env python3
"""Holds the program against the table of the vendor's contract, and writes docs/reference/conformance.md.

Usage: run.py BINARY [--check]. With --check nothing is written, and the page has to be what it would be. Ends with 1 when it is
not, when something differs without a reason, and when a reason is given for what is exact.
"""

import difflib
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "verify"))

from calls import Calls, matches  # noqa: E402
from contract import ABSENT, DIFFERENT, EXACT, FOLDER, chapters  # noqa: E402
from events import Webhook, judge_triggers, ring  # noqa: E402
from judge import Judge  # noqa: E402
from page import page  # noqa: E402
from program import Program  # noqa: E402
from shapes import Shapes  # noqa: E402

PAGE = FOLDER.with_suffix(".md")
# A program that is over its limit with the second call of a second, on a slow machine too.
LIMITED = {"DESKBELL_API__VENDOR_PER_SECOND": "1"}


def observe(binary, folder, all_chapters, shapes):
    """Judges every row against the running program."""
    rows = [row for chapter in all_chapters for row in chapter.rows]
    operations = {operation["call"]: operation for chapter in all_chapters for operation in chapter.operations}
    (folder / "limited").mkdir()
    with Program(binary, folder) as program, Program(binary, folder / "limited", LIMITED) as limited:
        webhook = Webhook(program)
        ring(binary, program)
        calls = Calls(program.url, program.key, shapes.observe)
        judge = Judge(calls, Calls(limited.url, limited.key), shapes, operations)
        for row in rows:
            if row.kind in ("operation", "parameter", "body field", "error answer"):
                judge.judge(row)
        for text in (text for chapter in all_chapters for text in chapter.fills):
            judge.fill(text)
        judge_triggers({row.name: row for row in rows if row.kind == "trigger"}, shapes, webhook.received())
    for row in rows:
        if row.kind == "field":
            judge_field(row, shapes.seen[row.of, row.name])
    for row in rows:
        if row.kind == "operation" and row.verdict == EXACT:
            inherit(row, rows)


def judge_field(row, seen):
    """A field of an object, from every answer of the run that had it."""
    if seen.faults:
        gone = all(fault.endswith(" is missing") for fault in seen.faults)
        row.judge(ABSENT if gone and not seen.filled else DIFFERENT, "; ".join(sorted(seen.faults)))
    elif not seen.filled:
        row.judge(DIFFERENT if seen.null or seen.empty else ABSENT, "nothing fills it")
    elif seen.null and "null" in row.facts:
        row.judge(DIFFERENT, "null")
    else:
        row.judge(EXACT)


def inherit(row, rows):
    """An operation differs where what belongs to it does."""
    for part in rows:
        own = part.of == row.name and part.kind in ("parameter", "body field")
        requests = part.facts.get("requests", [])
        refusal = part.kind == "error answer" and any(matches(row.name, text) for text in requests)
        if (own or refusal) and part.verdict != EXACT:
            row.reason = f"{part.name}: {part.reason}" if part.reason else ""
            row.judge(DIFFERENT, f"{part.kind} {part.name}")
            return


def unexplained(rows):
    """What nobody decided, in words."""
    for row in rows:
        if row.verdict != EXACT and not row.reason:
            yield f"{row.verdict:9} {row.kind} {row.of} {row.name}: {row.seen}"
        if row.verdict == EXACT and "differs" in row.facts:
            yield f"exact, and its reason can go: {row.kind} {row.of} {row.name}"


def main(binary, check):
    all_chapters, shapes = chapters()
    with tempfile.TemporaryDirectory() as folder:
        observe(pathlib.Path(binary).resolve(), pathlib.Path(folder), all_chapters, Shapes(shapes))
    faults = list(unexplained(row for chapter in all_chapters for row in chapter.rows))
    text = page(all_chapters)
    if check:
        kept = PAGE.read_text(encoding="utf-8")
        faults += difflib.unified_diff(kept.splitlines(), text.splitlines(), "the page", "the program", lineterm="", n=0)
    else:
        PAGE.write_text(text, encoding="utf-8")
    print("\n".join(faults) or "ok   the program is what docs/reference/conformance.md says")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], "--check" in sys.argv[2:]))
