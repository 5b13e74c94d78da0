"""Writes docs/reference/conformance.md."""

import json

from calls import PLACEHOLDER
from contract import ABSENT, DIFFERENT, EXACT, KINDS, PAGING
from placeholders import MAKERS

HEAD = """# Conformance

What the vendor's API has, version 2, and what Deskbell makes of it. `make conformance` writes this page: it provokes each row
over HTTP in the program itself, from [the table of the contract](conformance/). `make test` fails when the page is not what
the program does, and when something differs without a reason.

- **exact**: as the contract has it. An operation is exact when its answer has the documented status and fields, and all of its
  parameters, body fields and error answers are exact. A field of an answer is exact when it is in every answer with the
  documented type, and something fills it.
- **different**: for the reason given. **absent**: the program does not have it.
- Keys of ours beside the vendor's are not counted, `code` on errors above all. [Wire contract](wire.md#12-whose-calls) has what
  is ours, and the differences that belong to no single row.
"""


def page(chapters):
    """The page's text."""
    lines = [HEAD, *counts(chapters), "", *differences(chapters)]
    for chapter in chapters:
        lines += [f"## {chapter.title}", ""]
        for section in (operations, body_fields, parameters, errors, fields, triggers):
            lines += section(chapter)
    lines += legend(chapters)
    return "\n".join(lines).rstrip() + "\n"


def counts(chapters):
    yield from table("", EXACT, DIFFERENT, ABSENT, "of")
    for kind in KINDS:
        rows = [row for chapter in chapters for row in chapter.rows if row.kind == kind]
        of = [sum(row.verdict == verdict for row in rows) for verdict in (EXACT, DIFFERENT, ABSENT)]
        yield cells(f"{kind.capitalize()}s", *of, len(rows))


def differences(chapters):
    rows = [row for chapter in chapters for row in chapter.rows if row.verdict != EXACT]
    if not rows:
        return
    yield from ["## Differences", "", *table("What", "", "Why")]
    for row in rows:
        yield cells(f"{row.kind} `{name(row)}`", row.verdict, row.reason or "not yet")
    yield ""


def name(row):
    return row.name if row.kind in ("operation", "error answer", "trigger") else f"{row.of}` `{row.name}"


def of_kind(chapter, kind):
    return [row for row in chapter.rows if row.kind == kind]


def operations(chapter):
    rows = of_kind(chapter, "operation")
    if rows:
        yield from table("Operation", "Answer", "")
        for row in rows:
            yield cells(f"`{row.name}`", row.facts["answers"].replace("_", " "), row.verdict)
        yield ""


def parameters(chapter):
    """Those of paging, which all lists have, stand in one line where they are judged alike."""
    rows = of_kind(chapter, "parameter")
    if rows:
        yield from table("Parameter", "Of", "Type", "")
        for call in dict.fromkeys(row.of for row in rows):
            own = [row for row in rows if row.of == call]
            paging = [row for row in own if row.name in PAGING]
            together = len({row.verdict for row in paging}) == 1
            for row in own:
                if row not in paging or not together:
                    yield cells(f"`{row.name}`", f"`{call}`", row.facts["type"], row.verdict)
            if together:
                names = ", ".join(f"`{row.name}`" for row in paging)
                yield cells(names, f"`{call}`", PAGING["limit"]["type"], paging[0].verdict)
        yield ""


def body_fields(chapter):
    rows = of_kind(chapter, "body field")
    if rows:
        yield from table("Body field", "Of", "Type", "Required", "")
        for row in rows:
            required = "yes" if row.facts.get("required") else ""
            yield cells(f"`{row.name}`", f"`{row.of}`", row.facts["type"], required, row.verdict)
        yield ""


def fields(chapter):
    rows = of_kind(chapter, "field")
    if rows:
        yield from table("Field", "Of", "Type", "")
        for row in rows:
            yield cells(f"`{row.name}`", row.of.replace("_", " "), kind_of(row.facts["type"]), row.verdict)
        yield ""
    if chapter.fills:
        fills = ", ".join(f"`{text}`" for text in chapter.fills)
        yield from [f"What most answers leave empty is filled in those to {fills}.", ""]


def kind_of(kind):
    return ", ".join(f"`{word}`" for word in kind) if isinstance(kind, list) else kind.replace("_", " ")


def triggers(chapter):
    rows = of_kind(chapter, "trigger")
    if rows:
        yield from table("Trigger", "`status` of what it carries", "")
        for row in rows:
            yield cells(f"`{row.name}`", kind_of(row.facts["states"]), row.verdict)
        yield ""


def errors(chapter):
    rows = of_kind(chapter, "error answer")
    if rows:
        yield from table("Error", "Answer", "Provoked by", "")
        for row in rows:
            facts = row.facts
            answer = f"{facts['status']} `{facts['message']}`" + (f", `{facts['param']}`" if "param" in facts else "")
            answer += f", `{facts['type']}`" if "type" in facts else ""
            how = [f"`{request}`" for request in facts.get("requests", [])]
            if "every_operation" in facts:
                how.append(f"every operation, {facts['every_operation']}")
            if "settings" in facts:
                how.append(f"with `{json.dumps(facts['settings'])}` as settings of the sandbox")
            yield cells(row.name, answer, "<br>".join(how), row.verdict)
        yield ""


def legend(chapters):
    told = [facts for chapter in chapters for facts in (*(row.facts for row in chapter.rows), *chapter.fills)]
    used = sorted({name for facts in told for name in placeholders_of(facts)})
    yield from ["## What stands in braces", "", *table("", "")]
    for name in used:
        yield cells(f"`{{{name}}}`", MAKERS[name].__doc__)


def placeholders_of(facts):
    """The placeholders of a row's facts, without the `{id}` of a call, which stands for any."""
    return {found.split(".")[0] for found in PLACEHOLDER.findall(str(facts))} & set(MAKERS)


def table(*heads):
    yield cells(*heads)
    yield cells(*["---"] * len(heads))


def cells(*texts):
    return "| " + " | ".join(str(text).replace("|", "\\|") for text in texts) + " |"
