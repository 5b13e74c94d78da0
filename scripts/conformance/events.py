"""Rings every trigger, and judges the triggers by all that a webhook receives in a run."""

import hashlib
import hmac
import json
import os
import subprocess
import sys

from contract import DIFFERENT, EXACT
from program import TIMEOUT
from receiver import Receiver


class Webhook:
    """A webhook for everything, with a receiver of its own."""

    def __init__(self, program):
        self.program, self.receiver = program, Receiver()
        new = {"name": "Everything", "url": self.receiver.url, "events": ["booking", "conversation"]}
        self.secret = program.call("/v2/webhooks", new)["secret"]

    def received(self):
        """Every event of the account as it arrived, and whether its signature verifies. Waits for those on their way."""
        owed, after = set(), ""
        while page := self.program.call(f"/v2/events?limit=100{after}")["data"]:
            owed |= {event["id"] for event in page}
            after = f"&after={page[-1]['id']}"
        while owed:
            headers, body = self.receiver.arrived.get(timeout=TIMEOUT)
            event = json.loads(body)
            owed.discard(event["id"])
            yield event, self.signed(headers["oncehub-signature"], body)

    def signed(self, header, body):
        parts = dict(part.split("=", 1) for part in header.split(","))
        expected = hmac.new(self.secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, parts["s"])


def ring(binary, program):
    """Every trigger once, through the real life cycle."""
    env = os.environ | {"DESKBELL_API_KEY": program.key, "DESKBELL_SERVER": program.url}
    done = subprocess.run([binary, "trigger", "--all"], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"deskbell trigger --all: {done.stdout}{done.stderr}")


def judge_triggers(rows, shapes, received):
    """A trigger is exact when each of its events has the documented fields and state, and is signed."""
    for event, signed in received:
        row = rows[event["type"]]
        status = event["data"]["status"]
        fault = shapes.fit("event", event)
        fault = fault or ("" if status in row.facts["states"] else f"the status is {status}")
        fault = fault or ("" if signed else "the signature does not verify")
        if fault or not row.seen:
            row.judge(DIFFERENT if fault else EXACT, fault)
