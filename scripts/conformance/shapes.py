"""Holds answers against the shapes of the contract, and keeps what was seen of each field."""

import dataclasses
import re

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
PLAIN = {
    "string": lambda value: isinstance(value, str),
    "time": lambda value: isinstance(value, str) and bool(TIME.fullmatch(value)),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "any": lambda value: True,
}


@dataclasses.dataclass
class Seen:
    """What all answers of a run say of one field."""

    filled: bool = False
    null: bool = False
    empty: bool = False
    faults: set = dataclasses.field(default_factory=set)


class Shapes:
    def __init__(self, shapes):
        self.shapes = shapes
        self.seen = {(name, field): Seen() for name in shapes for field in shapes[name]}

    def observe(self, body):
        """Looks at every object of an answer that says what it is, also within others."""
        if isinstance(body, list):
            for item in body:
                self.observe(item)
        elif isinstance(body, dict):
            kind = body.get("object")
            if kind in self.shapes and kind != "event" and body.get("deleted") is not True:
                self.fit("new_webhook" if kind == "webhook" and body.get("secret") else kind, body)
            if kind == "list":
                self.observe(body["data"])

    def fit(self, kind, value):
        """What is wrong with `value` as a `kind`, such as `array of slot` or `string or null`; nothing if it fits."""
        if isinstance(kind, list):
            return "" if (value if value is not None else "null") in kind else f"{value!r} is not in the closed list"
        if kind.startswith("list of "):
            has_more = value.get("has_more") if isinstance(value, dict) else None
            if not isinstance(has_more, bool) or value.get("object") != "list":
                return f"no list: {value!r:.80}"
            return self.fit("array of " + kind.removeprefix("list of "), value.get("data"))
        if kind.startswith("array of "):
            if not isinstance(value, list):
                return f"no array: {value!r:.80}"
            return next(filter(None, (self.fit(kind.removeprefix("array of "), item) for item in value)), "")
        if " or " in kind:
            return self.fit_one(kind.split(" or "), value)
        if kind in PLAIN:
            return "" if PLAIN[kind](value) else f"{value!r:.80} is no {kind}"
        return self.fit_object(kind, value)

    def fit_one(self, kinds, value):
        """The first of several kinds that can be it; objects are told apart by their `object`."""
        for kind in kinds:
            if kind in PLAIN and PLAIN[kind](value):
                return ""
            if kind in self.shapes and isinstance(value, dict):
                named = self.shapes[kind].get("object", {}).get("type")
                if len(kinds) == 1 or named is None or value.get("object") in named:
                    return self.fit_object(kind, value)
        return f"{value!r:.80} is none of {', '.join(kinds)}"

    def fit_object(self, name, value):
        if not isinstance(value, dict):
            return f"{value!r:.80} is no {name}"
        if value.get("deleted") is True and set(value) == {"id", "object", "deleted"}:
            return ""
        faults = [self.fit_field(name, field, facts, value) for field, facts in self.shapes[name].items()]
        extra = sorted(set(value) - set(self.shapes[name]))
        faults += [f"{name} has a field that the contract does not know: {', '.join(extra)}"] if extra else []
        return next(filter(None, faults), "")

    def fit_field(self, name, field, facts, value):
        if facts["type"] == "ours":
            return ""
        seen = self.seen[name, field]
        if field not in value:
            fault = f"{name}.{field} is missing"
        elif value[field] is None and ("null" in facts or fits_null(facts["type"])):
            seen.null, fault = True, ""
        else:
            fault = self.fit(facts["type"], value[field])
            fault = fault and f"{name}.{field}: {fault}"
            # An empty list says nothing of what would be in it.
            seen.empty, seen.filled = seen.empty or value[field] == [], seen.filled or value[field] != []
        if fault:
            seen.faults.add(fault)
        # A difference with a reason is told with its field, and not again with each call that answers the object.
        return "" if "differs" in facts else fault


def fits_null(kind):
    return "null" in (kind if isinstance(kind, list) else kind.split(" or "))
