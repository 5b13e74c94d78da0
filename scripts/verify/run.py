#!/usr/bin/env python3
"""Lets verifiers that are not ours judge real deliveries.

Usage: run.py BINARY. Starts the program on a folder of its own and a receiver, publishes an event with text beyond
ASCII, and gives the delivery to vendor.py and standard.py as it came, then with one thing changed. Run it with a Python
that has what requirements.txt lists.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

from program import TIMEOUT, Program
from receiver import Receiver

HERE = pathlib.Path(__file__).resolve().parent
EVENT = {
    "type": "booking.scheduled",
    "data": {"object": "booking", "id": "BKNG-VERIFY000001", "guest": "Zoë Müller", "note": "日本語 ✓ \u2028 \"quoted\" \\"},
}


def deliver(binary, folder):
    """One real delivery: the webhook's secret, the headers and the body as they arrived."""
    receiver = Receiver()
    with Program(binary, folder) as program:
        hook = {"name": "verifiers", "url": receiver.url, "events": ["booking"]}
        secret = program.call("/v2/webhooks", hook)["secret"]
        event = program.call("/v2/events", EVENT)
        headers, body = receiver.arrived.get(timeout=TIMEOUT)
    sent = json.loads(body)
    assert sent["id"] == event["id"] == headers["webhook-id"], (sent["id"], event, headers)
    assert sent["data"] == EVENT["data"], sent["data"]
    assert "Zoë" in body.decode(), "text beyond ASCII goes out as it is"
    return secret, headers, body


def cases(secret, headers, body):
    """(what, accepted?, secret, headers, body)"""
    middle = len(body) // 2
    damaged = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
    moved = dict(headers)
    for name in ("oncehub-signature", "webhook-timestamp"):
        moved[name] = re.sub(r"\d+", lambda found: str(int(found.group()) - 1), headers[name], count=1)
    yield "the delivery as it came", True, secret, headers, body
    yield "one bit of the body changed", False, secret, headers, damaged
    yield "one byte added", False, secret, headers, body + b"\n"
    yield "another secret", False, "0" * len(secret), headers, body
    yield "another second", False, secret, moved, body


def main(binary):
    failed = passed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        delivery = deliver(binary, folder)
        for what, accepted, secret, headers, body in cases(*delivery):
            (folder / "headers.json").write_text(json.dumps(headers))
            (folder / "body").write_bytes(body)
            for program in ("vendor.py", "standard.py"):
                command = [sys.executable, HERE / program, secret, folder / "headers.json", folder / "body"]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                # A verifier refuses with 1 and a reason; anything else is a fault of its own.
                refused = done.returncode == 1 and "Traceback" not in done.stderr
                right = done.returncode == 0 if accepted else refused
                passed, failed = passed + right, failed + (not right)
                verdict = "accepts" if done.returncode == 0 else "refuses"
                print(f"{'ok  ' if right else 'FAIL'} {program} {verdict}: {what}. {done.stderr.strip()}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
