"""The unit of systemd: what systemd itself says of it, and how much of a machine it leaves to the service."""

import re

from check import replaced, run, tool

# Of 10: systemd calls up to 2 "OK". Each thing that is opened shows in it.
EXPOSURE = 2.0


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

    yield "unit: systemd-analyze verify finds nothing", verify
    yield f"unit: the exposure is at most {EXPOSURE}", exposure
    yield "unit: systemd-sysusers makes its user", user
