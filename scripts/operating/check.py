"""What the checks share: programs that may not be there, their output, and the blocks of a document."""

import os
import re
import shutil
import subprocess

# Seconds; only what hangs takes so long, also on a slow and busy machine.
TIMEOUT = 120
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


class CannotRun(Exception):
    """This machine has not what the check needs."""


def tool(name):
    """The path of a program of this machine."""
    found = shutil.which(name, path=PATH)
    if not found:
        raise CannotRun(f"there is no {name} here; scripts/operating.sh installs it")
    return found


def run(*command, **options):
    """Runs a command that has to succeed; what it said."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False, **options)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def blocks(document, language):
    """The blocks of a Markdown text in a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document.read_text(), re.MULTILINE | re.DOTALL)


def replaced(text, *pairs):
    """The text with each old piece, which must be there, made new."""
    for old, new in pairs:
        assert old in text, f"{old!r} is not in\n{text}"
        text = text.replace(old, new)
    return text
