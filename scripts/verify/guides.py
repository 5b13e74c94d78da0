#!/usr/bin/env python3
"""Runs the receivers of docs/guide/receivers as their readers would, and lets the program deliver to them.

Usage: guides.py BINARY [LANGUAGE]... Takes each page's program out of the page, writes it below target/guides, starts it with the
page's own command and books a slot of the sandbox. Each receiver must accept the delivery and every genuine repeat of it, keep it
once, and refuse what is tampered with or stale. One line a language; ends with 1 if any fails.
"""

import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from program import TIMEOUT, Program, free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs/guide/receivers"
BUILT = ROOT / "target/guides"
# For each page: the fence of each file that it has the reader save, and how to ask for the language's version.
LANGUAGES = {
    "python": ({"python": "receiver.py"}, ["python3", "--version"]),
    "node": ({"js": "receiver.mjs"}, ["node", "--version"]),
    "go": ({"go": "receiver.go"}, ["go", "version"]),
    "ruby": ({"ruby": "receiver.rb"}, ["ruby", "--version"]),
    "php": ({"php": "receiver.php"}, ["php", "--version"]),
    "java": ({"java": "Receiver.java"}, ["java", "--version"]),
    "rust": ({"toml": "Cargo.toml", "rust": "src/main.rs"}, ["rustc", "--version"]),
}


def block(page, fence, after=""):
    """The page's only block of that language behind the heading `after`."""
    text = (PAGES / f"{page}.md").read_text()
    found = re.findall(rf"^```{fence}\n(.*?)^```$", text[text.index(after) :], re.MULTILINE | re.DOTALL)
    return found[0] if len(found) == 1 or after else sys.exit(f"{page}.md has {len(found)} blocks of {fence}, not one")


class Receiver:
    """A page's program: written, started with the page's own command, ended with the block."""

    def __init__(self, language):
        self.language, self.port, self.folder = language, free_port(), BUILT / language
        files, version = LANGUAGES[language]
        self.version = re.search(r"\d+[.\d]+", subprocess.check_output(version, text=True)).group()
        self.command = block(language, "sh", after="## Run it")
        shutil.rmtree(self.folder, ignore_errors=True)
        for fence, name in files.items():
            self.write(name, block(language, fence))
        if language == "rust":
            self.build()

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def build(self):
        """Compiles it with the very versions that the program itself is locked to, as far as it has the same crates."""
        self.write("Cargo.toml", block("rust", "toml") + "\n[workspace]\n")
        shutil.copy(ROOT / "Cargo.lock", self.folder / "Cargo.lock")
        subprocess.run(["cargo", "build", "--quiet"], cwd=self.folder, env=self.environment(), check=True)

    def environment(self):
        cargo = {"CARGO_TARGET_DIR": str(BUILT / "build"), "CARGO_PROFILE_DEV_DEBUG": "0"}
        return os.environ | cargo | {"PORT": str(self.port)}

    def start(self, secret):
        self.secret = secret.encode()
        with (self.folder / "log").open("wb") as log:
            # A session of its own: commands such as `go run` have children.
            self.process = subprocess.Popen(
                ["sh", "-c", self.command],
                cwd=self.folder,
                env=self.environment() | {"SECRET": secret},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
        sys.exit(f"the receiver in {self.language} does not listen:\n{self.log()}")

    def stop(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(timeout=30)

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def kept(self):
        """The events it keeps: each one's bytes, and what would change if it were written again."""
        files = (self.folder / "events").glob("*.json")
        return {file.stem: (file.read_bytes(), file.stat().st_ino, file.stat().st_mtime_ns) for file in files}

    def sign(self, body, at=None, secret=None):
        at = int(time.time()) if at is None else at
        signature = hmac.new(secret or self.secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return at, signature

    def post(self, body, header):
        """The status that it answers with; None when it breaks off."""
        headers = {"Content-Type": "application/json"} | ({} if header is None else {"Oncehub-Signature": header})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.request("POST", "/hook", body, headers)
            return connection.getresponse().status
        except (http.client.HTTPException, ConnectionError):
            return None
        finally:
            connection.close()


def genuine(receiver, body):
    """(what, body, header) of repeats that a sender may make."""
    at, signature = receiver.sign(body)
    old, of_old = receiver.sign(body, at - 240)
    yield "the same again", body, f"t={at},s={signature}"
    yield "the parts in the other order", body, f"s={signature},t={at}"
    yield "a space behind the comma", body, f"t={at}, s={signature}"
    yield "four minutes under way", body, f"t={old},s={of_old}"


def tampered(receiver, body):
    """(what, body, header) of forgeries."""
    at, signature = receiver.sign(body)
    header, middle = f"t={at},s={signature}", len(body) // 2
    yield "one bit of the body", body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :], header
    yield "one byte more", body + b"\n", header
    yield "one byte less", body[:-1], header
    yield "no body", b"", header
    yield "JSON built anew", json.dumps(json.loads(body)).encode(), header
    yield "another second", body, f"t={at - 1},s={signature}"
    yield "another secret", body, "t={},s={}".format(*receiver.sign(body, secret=b"0" * 32))
    yield "the secret decoded", body, "t={},s={}".format(*receiver.sign(body, secret=bytes.fromhex(receiver.secret.decode())))
    yield "the body alone signed", body, f"t={at},s={hmac.new(receiver.secret, body, hashlib.sha256).hexdigest()}"
    first, last = "f" if signature[0] != "f" else "e", "f" if signature[-1] != "f" else "e"
    yield "the signature's first digit", body, f"t={at},s={first}{signature[1:]}"
    yield "the signature's last digit", body, f"t={at},s={signature[:-1]}{last}"
    yield "half of the signature", body, f"t={at},s={signature[:32]}"
    yield "the signature in capitals", body, f"t={at},s={signature.upper()}"
    yield "no signature", body, f"t={at},s="
    yield "no part s", body, f"t={at}"
    yield "no time", body, f"s={signature}"
    yield "a time that is no number", body, f"t=soon,s={signature}"
    yield "a time of 5,000 digits", body, f"t={'9' * 5000},s={signature}"
    yield "another scheme", body, f"sha256={signature}"
    yield "an empty header", body, ""
    yield "no header", body, None


def stale(receiver, body):
    """(what, body, header) of genuine deliveries at the wrong time."""
    for what, at in (("five minutes and a half old", -330), ("a day old", -86400), ("of the future", 330)):
        yield what, body, "t={},s={}".format(*receiver.sign(body, int(time.time()) + at))
    yield "of 1970", body, "t={},s={}".format(*receiver.sign(body, 0))


def book(program):
    """Books a slot of the sandbox; the id of the event that rings."""
    calendar = program.call("/v2/booking-calendars")["data"][0]["id"]
    slot = program.call(f"/v2/booking-calendars/{calendar}/time-slots")[0]["start_time"]
    form = {"name": "Zoë Müller", "email": "zoe@corrib.example", "note": "日本語 ✓ </b> \u2028 \\"}
    guest = {"start_time": slot, "guest_time_zone": "Europe/Dublin", "booking_form": form}
    booking = program.call(f"/v2/booking-calendars/{calendar}/schedule", guest)["id"]
    return program.call(f"/v2/events?subject={booking}")["data"][0]["id"]


def attempt(program, delivery, number):
    """The delivery's attempt of that number, once it is recorded."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        for found in program.call(f"/v2/attempts?delivery={delivery}")["data"]:
            if found["number"] == number:
                return found
        time.sleep(0.02)
    sys.exit(f"attempt {number} of {delivery} was not made")


def judge(program, receiver, event):
    """What it did wrong, and its line of the report."""
    wrong, refused = [], {}

    def must(holds, what):
        if not holds:
            wrong.append(what)
        return bool(holds)

    hook = receiver.webhook
    delivery = program.call(f"/v2/deliveries?event={event}&webhook={hook}")["data"][0]["id"]
    outcome = attempt(program, delivery, 1)
    must(outcome["outcome"] == "delivered", f"the delivery of the booking: {outcome['outcome']}, {outcome['detail']}")
    first = receiver.kept()
    if not must(list(first) == [event], f"kept {list(first)}, not {event}"):
        return wrong, "nothing kept"
    body = first[event][0]
    must(json.loads(body) == program.call(f"/v2/events/{event}")["payload"], "what it kept is not what was sent")
    for kind, cases in (("tampered", tampered), ("stale", stale)):
        answers = [(what, receiver.post(sent, header)) for what, sent, header in cases(receiver, body)]
        right = [must(answer == 401, f"{kind}, {what}: answered {answer}, not 401") for what, answer in answers]
        refused[kind] = f"{sum(right)} of {len(right)}"
    for what, sent, header in genuine(receiver, body):
        answer = receiver.post(sent, header)
        must(answer == 204, f"genuine, {what}: answered {answer}, not 204")
    program.call(f"/v2/deliveries/{delivery}/retry", {})
    again = attempt(program, delivery, 2)
    must(again["outcome"] == "delivered", f"a retry: {again['outcome']}, {again['detail']}")
    must(receiver.kept() == first, "a repeat, or a refused delivery, changed what it keeps")
    times = len(re.findall(rf"\bnew {event}\b", receiver.log()))
    must(times == 1, f"{event} was new {times} times")
    for what, unusable in (("not JSON", b"hello"), ("no id", b"{}"), ("a path as id", b'{"id":"EVNT-../../x","type":"x"}')):
        answer = receiver.post(unusable, "t={},s={}".format(*receiver.sign(unusable)))
        must(answer is None or answer >= 400, f"signed but {what}: answered {answer}")
    large = b" " * (1024 * 1024 + 1)
    answer = receiver.post(large, "t={},s={}".format(*receiver.sign(large)))
    must(answer in (413, None), f"more than 1 MiB: answered {answer}")
    other = body.replace(event.encode(), b"EVNT-0THER00000")
    answer = receiver.post(other, "t={},s={}".format(*receiver.sign(other)))
    must(answer == 204 and set(receiver.kept()) == {event, "EVNT-0THER00000"}, f"after all that, the next event: {answer}")
    once = "once" if times == 1 else f"{times} times"
    return wrong, f"{once:<9} {refused['tampered']:<17} {refused['stale']}"


def main(binary, languages):
    receivers, failed = [Receiver(language) for language in languages], False
    print(f"{'language':<9} {'version':<9} {'accepted':<9} {'refused tampered':<17} refused stale")
    with tempfile.TemporaryDirectory() as folder, Program(binary, pathlib.Path(folder)) as program:
        try:
            for receiver in receivers:
                url = f"http://127.0.0.1:{receiver.port}/hook"
                hook = program.call("/v2/webhooks", {"name": receiver.language, "url": url, "events": ["booking"]})
                receiver.webhook = hook["id"]
                receiver.start(hook["secret"])
            event = book(program)
            for receiver in receivers:
                wrong, line = judge(program, receiver, event)
                print(f"{receiver.language:<9} {receiver.version:<9} {line}")
                for what in wrong:
                    print(f"FAIL {receiver.language}: {what}")
                if wrong:
                    failed = True
                    print(receiver.log())
        finally:
            for receiver in receivers:
                if hasattr(receiver, "process"):
                    receiver.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:] or list(LANGUAGES)) if len(sys.argv) > 1 else __doc__)
