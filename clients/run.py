#!/usr/bin/env python3
"""Makes a client of openapi.json with each generator, and lets it call the real program.

Usage: run.py BINARY. Run it with a Python that has what python/requirements.txt lists, when the modules of typescript/ are there.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
MADE = ROOT / "target" / "clients"
sys.path.insert(0, str(ROOT / "scripts" / "verify"))

from program import Program  # noqa: E402


def python(env):
    """What openapi-python-client makes; a warning of it is a fault of the document."""
    bin = pathlib.Path(sys.executable).parent
    generate = [bin / "openapi-python-client", "generate", "--path", ROOT / "openapi.json", "--meta", "none", "--overwrite"]
    generate += ["--output-path", MADE / "deskbell_client", "--config", HERE / "python" / "config.yml", "--fail-on-warning"]
    yield generate, env
    yield [sys.executable, HERE / "python" / "smoke.py"], env | {"PYTHONPATH": str(MADE)}


def typescript(env):
    """What openapi-typescript makes, checked by the compiler before it runs."""
    bin = HERE / "typescript" / "node_modules" / ".bin"
    made = HERE / "typescript" / "node_modules" / ".smoke"
    yield [bin / "openapi-typescript", ROOT / "openapi.json", "--output", made / "schema.d.ts"], env
    yield [bin / "tsc", "--project", HERE / "typescript"], env
    yield ["node", made / "smoke.js"], env


def main(binary):
    MADE.mkdir(parents=True, exist_ok=True)
    failed = passed = 0
    with tempfile.TemporaryDirectory() as folder, Program(binary, pathlib.Path(folder)) as program:
        env = os.environ | {"DESKBELL_URL": program.url, "DESKBELL_API_KEY": program.key}
        for client in (python, typescript):
            good = True
            for command, env_of in client(env):
                done = subprocess.run(command, env=env_of, capture_output=True, text=True, check=False)
                if done.returncode:
                    print(f"FAIL {pathlib.Path(command[0]).name}\n{done.stdout}{done.stderr}")
                    good = False
                    break
            print(done.stdout.strip() if good else f"FAIL the {client.__name__} client")
            passed, failed = passed + good, failed + (not good)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
