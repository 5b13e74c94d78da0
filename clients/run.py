#!/usr/bin/env python3
"""Lets clients that are not ours use the real program, which has more of everything than a page holds.

Usage: run.py BINARY AIRBYTE. Run it with a Python that has what python/requirements.txt lists, when the modules of typescript/
are there; AIRBYTE is a Python that has what airbyte/requirements.txt lists.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
MADE = ROOT / "target" / "clients"
BIN = pathlib.Path(sys.executable).parent
EMPTY_BY_DEFAULT = {
    "/v2/bookings": ("booking_calendar", "host"),
    "/v2/booking-calendars/{id}/time-slots": ("start_time", "end_time"),
}
sys.path.insert(0, str(ROOT / "scripts" / "verify"))

import crowd  # noqa: E402
from program import TIMEOUT, Program  # noqa: E402
from receiver import Receiver  # noqa: E402


def python(counts):
    """What openapi-python-client makes; a warning of it is a fault of the document."""
    document = MADE / "openapi.json"
    document.write_text(json.dumps(with_empty_defaults(json.loads((ROOT / "openapi.json").read_text()))))
    generate = [BIN / "openapi-python-client", "generate", "--path", document, "--meta", "none", "--overwrite"]
    generate += ["--output-path", MADE / "deskbell_client", "--config", HERE / "python" / "config.yml", "--fail-on-warning"]
    yield generate
    yield [sys.executable, HERE / "python" / "smoke.py"]
    yield [sys.executable, HERE / "python" / "everything.py", str(counts["bookings"])]


def with_empty_defaults(document):
    """Four parameters have the default "" in the vendor's document, and a client made of that one sends them empty."""
    for path, names in EMPTY_BY_DEFAULT.items():
        for parameter in document["paths"][path]["get"]["parameters"]:
            if parameter["name"] in names:
                parameter["schema"] = {"type": "string", "default": ""}
    return document


def typescript(counts):
    """What openapi-typescript makes, checked by the compiler before it runs."""
    bin = HERE / "typescript" / "node_modules" / ".bin"
    made = HERE / "typescript" / "node_modules" / ".smoke"
    yield [bin / "openapi-typescript", ROOT / "openapi.json", "--output", made / "schema.d.ts"]
    yield [bin / "tsc", "--project", HERE / "typescript"]
    yield ["node", made / "smoke.js"]


def models(counts):
    """What datamodel-code-generator makes, and models of the vendor's closed lists, take what a webhook received."""
    generate = [BIN / "datamodel-codegen", "--input", ROOT / "openapi.json", "--input-file-type", "openapi"]
    generate += ["--output", MADE / "deskbell_models.py", "--output-model-type", "pydantic_v2.BaseModel"]
    yield [*generate, "--formatters", "builtin"]
    yield [sys.executable, HERE / "models" / "take.py", MADE / "events"]


def airbyte(counts, airbyte_python):
    """A connector of seven streams reads everything."""
    yield [airbyte_python, HERE / "airbyte" / "read.py", *(f"{name}={count}" for name, count in counts.items())]


def use(command, env):
    """Runs one command of a client; a client says in a line what it did, a generator has nothing to say."""
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"FAIL {' '.join(pathlib.Path(word).name for word in command[:2])}\n{done.stdout}{done.stderr}")
    elif done.stdout.startswith("ok "):
        print(done.stdout.strip())
    return done.returncode == 0


def receive(binary, program):
    """Rings every trigger once and keeps what a webhook received of each."""
    receiver = Receiver()
    program.call("/v2/webhooks", {"name": "models", "url": receiver.url, "events": ["booking", "conversation"]})
    env = os.environ | {"DESKBELL_SERVER": program.url, "DESKBELL_API_KEY": program.key}
    subprocess.run([binary, "trigger", "--all"], env=env, check=True, capture_output=True)
    folder, triggers = MADE / "events", set()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    while len(triggers) < 11:
        _, body = receiver.arrived.get(timeout=TIMEOUT)
        trigger = json.loads(body)["type"]
        triggers.add(trigger)
        (folder / f"{trigger}.json").write_bytes(body)


def main(binary, airbyte_python):
    MADE.mkdir(parents=True, exist_ok=True)
    failed = passed = 0
    with tempfile.TemporaryDirectory() as folder, Program(binary, pathlib.Path(folder)) as program:
        env = os.environ | {"DESKBELL_URL": program.url, "DESKBELL_API_KEY": program.key, "PYTHONPATH": str(MADE)}
        receive(binary, program)
        crowd.fill(program)
        counts = crowd.counts(program)
        # Not resolved: a Python of an environment is a link, and has to be called by its own name.
        other_python = pathlib.Path(airbyte_python).absolute()
        for commands in python(counts), typescript(counts), models(counts), airbyte(counts, other_python):
            good = all(use(command, env) for command in commands)
            passed, failed = passed + good, failed + (not good)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 3 else __doc__)
