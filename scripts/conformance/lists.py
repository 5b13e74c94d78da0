"""Judges the parameters of calls that list something."""

from calls import Absent, Missing, at

# What a page has when nobody says how much, and what it can have.
DEFAULT_LIMIT, MOST = 10, 100


class List:
    """The answers of one call to different queries."""

    def __init__(self, judge, path, paged):
        self.judge, self.path, self.paged = judge, path, paged

    def objects(self, query):
        query = f"{query}&limit={MOST}" if self.paged and not query.startswith("limit") else query
        answer = self.judge.present(f"{self.path}?{query}")
        if answer.status != 200:
            raise (Absent if answer.code() == "parameter_unknown" else Missing)(f"?{query}: {answer}")
        return answer.body if isinstance(answer.body, list) else answer.body["data"]

    def ids(self, query):
        """What it has, by ids; time slots have none and go by their start."""
        return [item.get("id") or item.get("start_time") for item in self.objects(query)]


def parameter(row, scene, listed):
    """What is wrong with one parameter: left empty, for everything that the table says of it, and as a cursor."""
    everything = listed.ids("")
    if listed.ids(f"{row.name}=") != everything[: DEFAULT_LIMIT if row.name == "limit" else None]:
        return "an empty one is not one left out"
    if row.name in ("limit", "after", "before"):
        return cursor(row.name, everything, listed)
    return told(row, scene, listed)


def cursor(name, everything, listed):
    """Pages of one object. In a list of nothing no cursor can be named; that both are known there, E5 shows."""
    if not everything:
        return "" if listed.ids("limit=1") == [] else "an empty list has an object"
    first, behind = everything[0], everything[1:2]
    query, expected = {
        "limit": ("limit=1", [first]),
        "after": (f"limit=1&after={first}", behind),
        "before": (f"limit=1&before={behind[0]}", [first]) if behind else (f"limit=1&before={first}", []),
    }[name]
    return "" if listed.ids(query) == expected else f"{query} is not {expected}"


def told(row, scene, listed):
    if "finds" in row.facts:
        value, found = map(scene.fill, row.facts["finds"])
        if found not in listed.ids(f"{row.name}={value}"):
            return f"{value} does not find {found}"
        value, missed = map(scene.fill, row.facts["misses"])
        if missed in listed.ids(f"{row.name}={value}"):
            return f"{value} finds {missed}"
    if "shows" in row.facts:
        value, path = row.facts["shows"]
        if not at(listed.objects(f"{row.name}={value}"), f"0.{path}"):
            return f"{value} does not show {path}"
    if "empty_with" in row.facts:
        listed.objects(f"{row.name}={scene.fill(row.facts['empty_with'])}")
    return ""
