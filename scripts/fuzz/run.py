#!/usr/bin/env python3
"""Lets schemathesis, a fuzzer that reads the OpenAPI document, look for answers that the document does not promise.

Usage: run.py BINARY [OPTION...]. Starts the program on a folder of its own, makes one of everything, asks the program for
its document, and gives both to schemathesis with the options. Run it with a Python that has what requirements.txt lists.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "verify"))

from program import SETTINGS, Program

# Nothing leaves this machine: no name resolves, and hooks.py keeps public addresses out of what is sent.
LOCAL = SETTINGS | {"DESKBELL_DELIVERY__NAMESERVERS": "127.0.0.1:9", "DESKBELL_LOG__LEVEL": "error"}


def furnish(program):
    """Makes one of everything, so that no list is empty."""
    program.call("/v2/inboxes", {"name": "relaying", "relay": True})
    inbox = program.call("/v2/inboxes", {"name": "taking"})
    program.call("/v2/webhooks", {"name": "all", "url": inbox["url"], "events": ["booking", "conversation"]})
    calendar = program.call("/v2/booking-calendars")["data"][0]["id"]
    for slot in program.call(f"/v2/booking-calendars/{calendar}/time-slots")[:3]:
        guest = {"name": "Tomás Healy", "email": "tomas@corrib.example"}
        form = {"start_time": slot["start_time"], "guest_time_zone": "Europe/Dublin", "booking_form": guest}
        program.call(f"/v2/booking-calendars/{calendar}/schedule", form)
    program.call("/v2/conversations", {})
    program.call("/v2/events", {"type": "booking.scheduled", "data": {"object": "booking"}})
    return program.call(f"/v2/inboxes/{inbox['id']}/requests?wait=20&count=5")


def main(binary, *options):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        document = folder / "openapi.json"
        document.write_bytes(subprocess.run([binary, "openapi"], check=True, stdout=subprocess.PIPE).stdout)
        with Program(binary, folder, LOCAL) as program:
            furnish(program)
            fuzzer = [pathlib.Path(sys.executable).parent / "schemathesis", "--config-file", HERE / "schemathesis.toml"]
            arguments = ["run", document, "--url", program.url, *options]
            settings = {"DESKBELL_KEY": program.key, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)}
            done = subprocess.run([*fuzzer, *arguments], env=os.environ | settings, cwd=folder, check=False)
        faults = [line for line in program.log.read_text().splitlines() if "ERROR" in line]
        print(*faults, sep="\n", end="\n" if faults else "")
        return 1 if done.returncode or faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
