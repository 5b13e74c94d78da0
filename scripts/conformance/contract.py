"""The table of the vendor's contract, docs/reference/conformance/*.toml, as rows that can be judged."""

import dataclasses
import pathlib
import tomllib

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs" / "reference" / "conformance"
# The order of the page's chapters.
CHAPTERS = "account bookings booking-calendars pages notifications users availability contacts webhooks events".split()
# How much the contract has: a row that is lost from the table would be lost from the page, and nobody would notice.
COUNTS = {"operation": 38, "parameter": 63, "error answer": 79, "trigger": 11}
KINDS = ("operation", "parameter", "body field", "field", "error answer", "trigger")
EXACT, DIFFERENT, ABSENT = "exact", "different", "absent"


@dataclasses.dataclass
class Row:
    """One fact of the contract, and what the program makes of it."""

    kind: str
    # What it belongs to: the call of a parameter, a body field or an operation, the object of a field.
    of: str
    name: str
    facts: dict
    # Why the program differs, where it does so knowingly.
    reason: str = ""
    verdict: str = ABSENT
    # What was seen instead, for whoever has to mend it.
    seen: str = ""

    def judge(self, verdict, seen=""):
        self.verdict, self.seen = verdict, seen


@dataclasses.dataclass
class Chapter:
    title: str
    rows: list
    operations: list
    # Requests whose answers have in them what is null or empty elsewhere.
    fills: list


def chapters():
    """All chapters, and the shapes of all objects by their names."""
    tables = {name: read(name) for name in CHAPTERS}
    reasons = read("reasons")["null"]
    shapes = {name: shape for table in tables.values() for name, shape in table.get("objects", {}).items()}
    shapes = {name: fields_of(name, shapes) for name in shapes}
    found = [
        Chapter(table["title"], list(rows_of(table, shapes, reasons)), table.get("operations", []), table.get("fills", []))
        for table in tables.values()
    ]
    for kind, count in COUNTS.items():
        have = sum(row.kind == kind for chapter in found for row in chapter.rows)
        assert have == count, f"the contract has {count} of the kind {kind}, the table {have}"
    return found, shapes


def read(name):
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def fields_of(name, shapes):
    """The fields of an object, each as a table with its `type`, with those of the object that it is `like`."""
    shape = dict(shapes[name])
    like, without, never = shape.pop("like", None), shape.pop("without", []), shape.pop("never", "")
    fields = dict(fields_of(like, shapes)) if like else {}
    for field, facts in shape.items():
        facts = facts if isinstance(facts, dict) else {"type": facts}
        fields[field] = facts | ({"differs": never} if never else {})
    return {field: facts for field, facts in fields.items() if field not in without}


def rows_of(table, shapes, reasons):
    for operation in table.get("operations", []):
        call = operation["call"]
        yield Row("operation", call, call, operation, operation.get("differs", ""))
        query = operation.get("query", {}) | (PAGING if operation.get("paged") else {})
        for name, facts in query.items():
            yield Row("parameter", call, name, facts, facts.get("differs", ""))
        for name, facts in operation.get("body", {}).items():
            yield Row("body field", call, name, facts, facts.get("differs", ""))
    for name, shape in table.get("objects", {}).items():
        for field, facts in shapes[name].items():
            # What an object has from the one that it is like is told there.
            if field in shape and facts["type"] != "ours":
                yield Row("field", name, field, facts, facts.get("differs") or reasons.get(facts.get("null"), ""))
    for facts in table.get("errors", []):
        yield Row("error answer", "", facts["row"], facts, facts.get("differs", ""))
    for name, states in table.get("triggers", {}).items():
        yield Row("trigger", "", name, {"states": states})


PAGING = {
    "limit": {"type": "integer, 1 to 100, default 10"},
    "after": {"type": "string"},
    "before": {"type": "string"},
}
