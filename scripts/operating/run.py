#!/usr/bin/env python3
"""Tries what packaging/ and docs/operating.md give to whoever operates an instance, with the programs that they are for.

Usage: run.py BINARY [WORD…]. Each check is `ok`, `FAIL`, or `not run` with the reason: that is no pass, and the exit code is then 3.
With words, only the checks whose names have one of them.
"""

import pathlib
import sys
import tempfile
import traceback

import alerts
import commands
import image
import proxies
import unit
from check import CannotRun

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main(binary, words):
    checks = [check for part in (unit, alerts, proxies, image, commands) for check in part.checks(ROOT, binary)]
    passed = failed = missed = 0
    for name, run in checks:
        if words and not any(word in name for word in words):
            continue
        try:
            with tempfile.TemporaryDirectory() as folder:
                run(pathlib.Path(folder))
            print(f"ok      {name}", flush=True)
            passed += 1
        except CannotRun as reason:
            print(f"not run {name}: {reason}", flush=True)
            missed += 1
        except Exception:
            print(f"FAIL    {name}\n{traceback.format_exc()}", flush=True)
            failed += 1
    print(f"{passed} passed, {failed} failed, {missed} skipped")
    return 1 if failed else 3 if missed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]) if len(sys.argv) > 1 else __doc__)
