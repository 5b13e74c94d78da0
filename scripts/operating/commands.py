"""What docs/operating.md says: its commands that set something up, run as they are printed, each block in a folder of its own, and its
figures and names, held against where they come from."""

import os
import re
import signal
import subprocess
import time

from check import TIMEOUT, blocks, replaced, run, tool


def checks(root, binary):
    document = root / "docs/operating.md"

    def certificate(folder):
        """The self-signed certificate: made, served and trusted by the lines that are printed."""
        tool("openssl")
        block = next(text for text in blocks(document, "sh") if "openssl req" in text)
        made, served, called = re.fullmatch(r"(openssl.*?)\n(DESKBELL_\S+ .*?)\n(deskbell .*)\n", block, re.DOTALL).groups()
        run("sh", "-ec", made, cwd=folder)
        # A key that others can read would be refused.
        assert (folder / "key.pem").stat().st_mode & 0o077 == 0
        environment = os.environ | {"PATH": f"{binary.parent}:{os.environ['PATH']}", "DESKBELL_LISTEN": "127.0.0.1:0"}
        log = folder / "log"
        with log.open("wb") as output:
            server = subprocess.Popen(["sh", "-c", "exec env " + served], cwd=folder, stdout=output, stderr=output, env=environment)
        try:
            deadline = time.monotonic() + TIMEOUT
            while not (found := re.search(r"https://127\.0\.0\.1:(\d+)/v2/test", log.read_text())):
                assert server.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.02)
            key = re.search(r"\bdbk_[\w-]+", log.read_text()).group()
            called = replaced(called, (":8480", f":{found.group(1)}"))
            listed = run("sh", "-ec", called, cwd=folder, env=environment | {"DESKBELL_API_KEY": key})
            assert listed.startswith("ID"), listed
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(timeout=TIMEOUT) == 0

    def installed(folder):
        """The service's lines up to those that speak to systemd, into a folder in place of the root."""
        block = next(text for text in blocks(document, "sh") if "systemctl enable" in text)
        lines = [line for line in block.splitlines() if not line.startswith("system")]
        targets = ["/usr/local/bin", "/usr/lib/sysusers.d", "/etc/systemd/system"]
        for target in targets:
            (folder / target[1:]).mkdir(parents=True)
        script = re.sub(r" (/(?:usr|etc)/)", rf" {folder}\1", "\n".join(lines))
        run("sh", "-ec", replaced(script, ("target/dist/deskbell", str(binary))), cwd=root)
        unit = (folder / "etc/systemd/system/deskbell.service").read_text()
        program = re.search(r"^ExecStart=(\S+)", unit, re.MULTILINE).group(1)
        assert os.access(folder / program[1:], os.X_OK), program
        settings = re.search(r"^EnvironmentFile=-(\S+)/environment$", unit, re.MULTILINE).group(1)
        assert (folder / settings[1:]).is_dir(), settings

    def retention(folder):
        """An account keeps for a time of its own by the lines that are printed."""
        block = next(text for text in blocks(document, "sh") if "accounts retention" in text)
        environment = os.environ | {"PATH": f"{binary.parent}:{os.environ['PATH']}"}
        run("deskbell", "accounts", "create", "ana@mail.example", cwd=folder, env=environment)
        told = run("sh", "-ec", block, cwd=folder, env=environment)
        for row in ["events    30d", "payloads  7d", "events    90d"]:
            assert row in told, told

    def figures(_):
        """Each figure of the sizing is about what was last measured under its name."""
        def number(text):
            return float(re.sub(r"[^\d.]", "", text))

        def unit(text):
            return re.sub(r"[\d,. ]", "", text)

        measured = {}
        for line in (root / "docs/evidence/bench.md").read_text().splitlines():
            cells = [cell.strip(" *") for cell in line.strip("|").split("|")]
            if len(cells) == 4 and re.match(r"[\d,.]+ ?\S+$", cells[1]):
                measured.setdefault(cells[0].partition(": ")[2] or cells[0], cells[1])
        table = document.read_text().partition("## Sizing")[2].partition("\n\nSo at")[0]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("| ")][2:]
        assert len(rows) == 7, rows
        for what, figure, name in rows:
            ratio = number(figure) / number(measured[name])
            assert 0.75 < ratio < 1.33 and unit(figure) == unit(measured[name]), (what, figure, measured[name])

    def alarms(_):
        """The alerts that are named are those that there are."""
        named = set(re.findall(r"`(Deskbell\w+)`", document.read_text()))
        there = set(re.findall(r"- alert: (\w+)", (root / "packaging/prometheus/alerts.yml").read_text()))
        assert named == there, named ^ there

    yield "commands: a certificate to try it with", certificate
    yield "commands: the service is installed", installed
    yield "commands: an account keeps for a time of its own", retention
    yield "document: the figures of the sizing are those that were measured", figures
    yield "document: the alerts that it names are those that there are", alarms
