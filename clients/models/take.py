"""Takes events as a webhook received them, a file each, through models generated of openapi.json and the strict ones.

Usage: take.py FOLDER, with the module `deskbell_models` on the path.
"""

import json
import pathlib
import sys

import deskbell_models
import strict


def take(models, event):
    kind = "BookingEvent" if event["type"].startswith("booking.") else "ConversationEvent"
    getattr(models, kind).model_validate(event)


def main(folder):
    files = sorted(pathlib.Path(folder).iterdir())
    events = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}
    assert len(events) == 11, f"eleven triggers, not {len(events)}: {sorted(events)}"
    for event in events.values():
        take(deskbell_models, event)
        take(strict, event)
    print(f"ok   generated models and strict ones take all {len(events)} events")


if __name__ == "__main__":
    main(sys.argv[1])
