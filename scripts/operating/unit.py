"""The unit of systemd: what systemd itself says of it, and how much of a machine it leaves to the service."""

import os
import pathlib
import re
import signal
import sys

from check import TIMEOUT, replaced, run, tool

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "verify"))
from program import SETTINGS, Program  # noqa: E402
from receiver import Receiver  # noqa: E402

# Of 10: systemd calls up to 2 "OK". Each thing that is opened shows in it.
EXPOSURE = 2.0


def system_calls(group):
    """The names in one of systemd's groups of system calls, and in those that it is made of."""
    names = set()
    for line in run(tool("systemd-analyze"), "syscall-filter", group).splitlines()[1:]:
        name = line.strip()
        if name.startswith("@"):
            names |= system_calls(name)
        elif name and not name.startswith("#"):
            names.add(name)
    return names


def checks(root, binary):
    unit = root / "packaging/systemd/deskbell.service"

    def installed(folder):
        """The unit as it is installed, but for where the program is."""
        copy = folder / "deskbell.service"
        copy.write_text(replaced(unit.read_text(), ("/usr/local/bin/deskbell", str(binary))))
        return copy

    def verify(folder):
        said = run(tool("systemd-analyze"), "verify", "--man=no", installed(folder))
        assert not said.strip(), said

    def exposure(folder):
        said = run(tool("systemd-analyze"), "security", "--offline=true", "--no-pager", installed(folder))
        level = float(re.search(r"exposure level for deskbell.service: ([\d.]+)", said).group(1))
        assert level <= EXPOSURE, said

    def user(folder):
        tool("systemd-sysusers")
        target = folder / "root"
        (target / "etc").mkdir(parents=True)
        sysusers = root / "packaging/systemd/deskbell.sysusers"
        run(tool("systemd-sysusers"), f"--root={target}", "-", input=sysusers.read_text())
        line = next(line for line in (target / "etc/passwd").read_text().splitlines() if line.startswith("deskbell:"))
        assert line.split(":")[5] == "/var/lib/deskbell" and line.endswith("nologin"), line

    def calls(folder):
        """The program at work, traced: it starts, takes events, delivers, answers, and stops."""
        group = re.search(r"^SystemCallFilter=(\S+)$", unit.read_text(), re.MULTILINE).group(1)
        allowed = system_calls(group)
        traced = folder / "traced"
        traced.write_text(f'#!/bin/sh\nexec {tool("strace")} -f -qq -o {folder}/calls {binary} "$@"\n')
        traced.chmod(0o755)
        receiver = Receiver()
        with Program(traced, folder, SETTINGS | {"DESKBELL_METRICS__LISTEN": ""}) as program:
            program.call("/v2/webhooks", {"name": "a", "url": receiver.url, "events": ["booking"]})
            program.call("/v2/events", {"type": "booking.scheduled", "data": {"object": "booking", "id": "BKNG-1"}})
            receiver.arrived.get(timeout=TIMEOUT)
            run(binary, "checkup", "--data", folder / "data", "--thorough")
            # The one that traces passes no signal on.
            os.kill(int(run("pgrep", "--parent", str(program.process.pid))), signal.SIGTERM)
            assert program.process.wait(timeout=TIMEOUT) == 0
        made = set(re.findall(r"^\d+ +(\w+)\(", (folder / "calls").read_text(errors="replace"), re.MULTILINE))
        assert {"execve", "listen", "fdatasync", "setpriority"} <= made, made
        assert made <= allowed, made - allowed

    yield "unit: systemd-analyze verify finds nothing", verify
    yield f"unit: the exposure is at most {EXPOSURE}", exposure
    yield "unit: systemd-sysusers makes its user", user
    yield "unit: the program makes no system call that it forbids", calls
