"""One row's scene: the objects that its requests name, made when they are first named."""

import datetime
import json

# Imported for the placeholders that they have.
import bookings  # noqa: F401
import pages  # noqa: F401
import people  # noqa: F401
from calls import PLACEHOLDER, Missing, at
from placeholders import MAKERS, SHARED


class Scene:
    def __init__(self, calls, shared):
        self.calls, self.shared, self.own = calls, shared, {}

    def made(self, name):
        kept = self.shared if name in SHARED else self.own
        if name not in kept:
            kept[name] = MAKERS[name](self)
        return kept[name]

    def value(self, path):
        """The text of a placeholder: `contact` is its id, `contact.email` a field of it."""
        name, _, rest = path.partition(".")
        made = self.made(name)
        found = at(made, rest) if rest else made["id"] if isinstance(made, dict) else made
        if not isinstance(found, str):
            raise Missing(f"{{{path}}} is {found!r}")
        return found

    def fill(self, text):
        return PLACEHOLDER.sub(lambda found: self.value(found[1]), text)

    def send(self, method, path, body=None):
        return self.calls.must(f"{method} {path}" + (f" {json.dumps(body)}" if body is not None else ""))

    def try_send(self, method, path, body):
        """For what a placeholder can do without."""
        return self.calls.send(f"{method} {path} {json.dumps(body)}")

    def get(self, path):
        return self.send("GET", path)

    def post(self, path, body):
        return self.send("POST", path, body)

    def in_days(self, days):
        moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
