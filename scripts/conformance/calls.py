"""Calls of the program as the table writes them: a method, a path and, behind a blank, a body in JSON."""

import dataclasses
import http.client
import json
import re
import urllib.parse

# A placeholder such as {contact.email}: no JSON looks so, and its blanks and quotes keep the two apart.
PLACEHOLDER = re.compile(r"\{([a-z_]+(?:\.[a-z0-9_]+)*)\}")
TIMEOUT = 120


@dataclasses.dataclass
class Answer:
    status: int
    body: object

    def is_absent(self):
        """Whether the program has no such call."""
        return self.status in (404, 405) and self.code() in ("route_unknown", "method_not_allowed")

    def code(self):
        """Our own word for a refusal; never part of the comparison with the vendor."""
        return self.body.get("code") if isinstance(self.body, dict) else None

    def __str__(self):
        return f"{self.status} {json.dumps(self.body, ensure_ascii=False)[:300]}"


class Calls:
    """Calls with one key, each on a connection of its own. Each answer that succeeds is shown to `observe`."""

    def __init__(self, url, key, observe=lambda body: None):
        self.address, self.key, self.observe = url.removeprefix("http://"), key, observe

    def send(self, request, key=None):
        """Sends `GET /v2/users?limit=1` or `POST /v2/contacts {"first_name": …}`, without placeholders; with another key than
        the account's, or none where it is empty.
        """
        method, path, body = (request.split(" ", 2) + [None])[:3]
        path, _, query = path.partition("?")
        # A plus sign of a telephone number is no blank.
        path += "?" + urllib.parse.quote(query, safe="=&,:@") if query else ""
        headers = {"Content-Type": "application/json"} if body else {}
        if key != "":
            headers["API-Key"] = key or self.key
        connection = http.client.HTTPConnection(self.address, timeout=TIMEOUT)
        connection.request(method, path, body and body.encode(), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        found = Answer(answer.status, json.loads(text) if text else None)
        # What only a sandbox has is no object of the vendor's, though it may be called the same.
        if found.status < 300 and not path.startswith("/v2/sandbox/"):
            self.observe(found.body)
        return found

    def must(self, request):
        """The body of an answer that has to be a success, because a placeholder rests on it."""
        answer = self.send(request)
        if answer.status >= 300:
            raise Missing(f"{request}: {answer}")
        return answer.body


class Missing(Exception):
    """What has to be there before a row can be provoked, and is not."""


class Absent(Exception):
    """The program does not have it."""


def at(value, path):
    """What stands at `a.0.b` in an answer, or None. A list of {name, value} is also entered by a name."""
    for part in path.split("."):
        if isinstance(value, list) and part.isdigit():
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, list):
            value = next((item.get("value") for item in value if isinstance(item, dict) and item.get("name") == part), None)
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def request(scene, operation, field=None):
    """An operation's request: with what its body requires and, beyond that, a `field`; a change has one in any case."""
    text = operation["call"].replace("{id}", operation.get("id", ""))
    fields = operation.get("body", {})
    if text.startswith("PATCH"):
        field = field or next(iter(fields))
    body = {}
    for name, facts in fields.items():
        if facts.get("required"):
            put(body, name, facts["sample"])
    if field:
        for name, value in fields[field].get("with", {}).items():
            put(body, name, value)
        put(body, field, fields[field]["sample"])
    return scene.fill(f"{text} {json.dumps(body)}" if body else text)


def put(body, path, value):
    """Puts a value at `a.b` of a body."""
    *parents, name = path.split(".")
    for parent in parents:
        body = body.setdefault(parent, {})
    body[name] = value


def matches(call, text):
    """Whether a request of the table is one of this call.

    >>> matches("GET /v2/users/{id}", "GET /v2/users/USR-1")
    True
    >>> matches("GET /v2/users", "GET /v2/users?limit=500"), matches("GET /v2/users", "GET /v2/users/{user}")
    (True, False)
    """
    return bool(re.fullmatch(re.escape(call).replace(r"\{id\}", "[^/ ?]+") + r"([ ?].*)?", text))
