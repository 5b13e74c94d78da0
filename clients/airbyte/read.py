"""Reads everything through the Airbyte CDK and the manifest, and counts. Usage: read.py STREAM=COUNT...

Calls the program in DESKBELL_URL. A connector that stops after a page reports success: only counting shows it.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Seconds for a whole sync of some hundred records; only a connector that pages for ever needs more.
TIMEOUT = 300


def source(folder, kind, command, *more):
    """What one command of the connector says in messages of that kind."""
    program = pathlib.Path(sys.executable).parent / "source-declarative-manifest"
    line = [program, command, "--config", folder / "config.json", "--manifest-path", HERE / "manifest.yaml", *more]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=TIMEOUT)
    messages = [json.loads(text) for text in done.stdout.splitlines() if text.startswith("{")]
    # It ends with what went wrong, after all that went well.
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return [message[kind] for message in messages if kind in message]


def main(wanted):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        config = {"url": os.environ["DESKBELL_URL"], "key": os.environ["DESKBELL_API_KEY"]}
        (folder / "config.json").write_text(json.dumps(config | {"start": "2024-01-01T00:00:00Z"}))
        (checked,) = source(folder, "connectionStatus", "check")
        assert checked["status"] == "SUCCEEDED", checked
        (catalog,) = source(folder, "catalog", "discover")
        streams = [configured(stream) for stream in catalog["streams"]]
        (folder / "catalog.json").write_text(json.dumps({"streams": streams}))
        records = source(folder, "record", "read", "--catalog", folder / "catalog.json")
    read = collections.defaultdict(set)
    for record in records:
        read[record["stream"]].add(record["data"]["id"])
    counts = {stream: len(read[stream]) for stream in wanted}
    assert counts == wanted, f"read {counts}, there are {wanted}"
    print(f"ok   airbyte-cdk reads {', '.join(f'{count} {stream}' for stream, count in counts.items())}")


def configured(stream):
    mode = "incremental" if "incremental" in stream["supported_sync_modes"] else "full_refresh"
    return {"stream": stream, "sync_mode": mode, "destination_sync_mode": "append"}


if __name__ == "__main__":
    pairs = (word.split("=") for word in sys.argv[1:])
    main({stream: int(count) for stream, count in pairs})
