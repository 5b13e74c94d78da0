"""Provokes each row of the contract in the program and says what became of it: exact, different or absent."""

import fnmatch
import json

from calls import Absent, Missing, at, request
from contract import ABSENT, DIFFERENT, EXACT
from lists import List, parameter
from scene import Scene

# More calls than the rate limit of `limited` takes, on a slow machine too.
BURST = 100


class Judge:
    """`calls` goes to a program without rate limits, `limited` to one that has them."""

    def __init__(self, calls, limited, shapes, operations):
        self.calls, self.limited, self.shapes = calls, limited, shapes
        self.operations, self.shared = operations, {}

    def scene(self):
        return Scene(self.calls, self.shared)

    def judge(self, row):
        """Judges a row that is provoked by calls of its own."""
        by_kind = {
            "operation": self.operation,
            "parameter": self.parameter,
            "body field": self.body_field,
            "error answer": self.error,
        }
        try:
            fault = by_kind[row.kind](row)
            row.judge(DIFFERENT if fault else EXACT, fault)
        except Absent as absent:
            row.judge(ABSENT, str(absent))
        except Missing as missing:
            row.judge(DIFFERENT, f"cannot be provoked: {missing}")

    def fill(self, text):
        """Sends a request for what its answer shows. What it lacks is told with the fields."""
        try:
            self.calls.send(self.scene().fill(text))
        except Missing:
            pass

    def operation(self, row):
        scene = self.scene()
        answer = self.present(request(scene, row.facts))
        return self.misfit(row.facts, answer)

    def present(self, text):
        answer = self.calls.send(text)
        if answer.is_absent():
            raise Absent(str(answer))
        return answer

    def misfit(self, operation, answer):
        status, kind = operation["answers"].split(" ", 1)
        return str(answer) if answer.status != int(status) else self.shapes.fit(kind, answer.body)

    def parameter(self, row):
        scene, operation = self.scene(), self.operations[row.of]
        return parameter(row, scene, List(self, request(scene, operation), operation.get("paged", False)))

    def body_field(self, row):
        scene, operation = self.scene(), self.operations[row.of]
        answer = self.present(request(scene, operation, row.name))
        if answer.status != int(operation["answers"].split()[0]):
            raise (Absent if answer.code() == "field_unknown" else Missing)(str(answer))
        shows = row.facts.get("shows", row.name)
        if not shows:
            return ""
        body = answer.body
        if "shown_by" in operation:
            body = self.calls.must(operation["shown_by"].replace("{answer}", body["id"]))
        expected = row.facts.get("as", filled(scene, row.facts["sample"]))
        found = at(body, shows)
        same = found and fnmatch.fnmatchcase(found, expected) if "*" in str(expected) else found == expected
        return "" if same else f"{shows} is {found!r}"

    def error(self, row):
        if "every_operation" in row.facts:
            answers = [answer for operation in self.operations.values() for answer in self.refused(row, operation)]
        else:
            scene = self.scene()
            expected, requests = wanted(scene, row), [scene.fill(text) for text in row.facts["requests"]]
            with Settings(scene, row.facts.get("settings", {})):
                answers = [(text, self.present(text), expected) for text in requests]
        return next((f"{text}: {answer}" for text, answer, expected in answers if not same(answer, expected)), "")

    def refused(self, row, operation):
        """The refusals that every operation has in common; no object is looked for before them."""
        text = operation["call"].replace("{id}", "any")
        expected = wanted(self.scene(), row)
        if "key" in row.facts["every_operation"]:
            return [(text, self.calls.send(text, key), expected) for key in ("", "dbk_wrong")]
        for _ in range(BURST):
            answer = self.limited.send(text)
            if answer.status == expected[0]:
                break
        return [(text, answer, expected)]


class Settings:
    """Settings of the sandbox, for as long as a block lasts."""

    def __init__(self, scene, settings):
        self.scene, self.settings = scene, settings

    def __enter__(self):
        if self.settings:
            before = self.scene.get("/v2/sandbox/settings")
            self.before = {name: before.get(name) for name in self.settings}
            self.scene.send("PATCH", "/v2/sandbox/settings", self.settings)

    def __exit__(self, *_):
        if self.settings:
            self.scene.send("PATCH", "/v2/sandbox/settings", self.before)


def wanted(scene, row):
    """The status and the body of a refusal, which holds these keys and no others but our `code`."""
    facts = row.facts
    body = {"type": facts.get("type", "invalid_request_error"), "message": scene.fill(facts["message"])}
    return facts["status"], body | ({"param": facts["param"]} if "param" in facts else {})


def same(answer, expected):
    if not isinstance(answer.body, dict):
        return False
    return (answer.status, {key: value for key, value in answer.body.items() if key != "code"}) == expected


def filled(scene, sample):
    return json.loads(scene.fill(json.dumps(sample)))
