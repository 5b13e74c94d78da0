#!/usr/bin/env python3
"""Lets verifiers that are not ours judge real deliveries.

Usage: run.py BINARY. Starts the program on a folder of its own and a receiver, publishes an event with text beyond
ASCII, and gives the delivery to vendor.py and standard.py as it came, then with one thing changed. Run it with a Python
that has what requirements.txt lists.
"""

import http.server
import json
import os
import pathlib
import queue
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
EVENT = {
    "type": "booking.scheduled",
    "data": {"object": "booking", "id": "BKNG-VERIFY000001", "guest": "Zoë Müller", "note": "日本語 ✓ \u2028 \"quoted\" \\"},
}
PATIENCE = 20


class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers 204 and puts headers and body, as they came, into the server's queue."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.arrived.put(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def call(url, key, body):
    """One call of the API; the answer's JSON."""
    headers = {"API-Key": key, "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body, ensure_ascii=False).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"{url} answered {error.code}: {error.read().decode()}")


def wait_until_ready(url, server):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url + "/readyz", timeout=1):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    sys.exit("the program did not become ready")


def first_key(log):
    found = re.search(r"\bdbk_[\w-]+", log.read_text())
    return found.group() if found else sys.exit(f"the first start printed no key:\n{log.read_text()}")


def deliver(binary, folder):
    """One real delivery: the webhook's secret, the headers and the body as they arrived."""
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    receiver.arrived = queue.Queue()
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    url, log = f"http://127.0.0.1:{free_port()}", folder / "deskbell.log"
    settings = {
        "DESKBELL_DELIVERY__ALLOW_HTTP": "true",
        "DESKBELL_DELIVERY__ALLOW_ADDRESSES": "127.0.0.0/8",
    }
    command = [binary, "serve", "--listen", url.removeprefix("http://"), "--data", folder / "data"]
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=os.environ | settings, stdout=output, stderr=output)
    try:
        wait_until_ready(url, server)
        key = first_key(log)
        target = f"http://127.0.0.1:{receiver.server_address[1]}/hook"
        hook = {"name": "verifiers", "url": target, "events": ["booking"]}
        secret = call(url + "/v2/webhooks", key, hook)["secret"]
        event = call(url + "/v2/events", key, EVENT)
        headers, body = receiver.arrived.get(timeout=PATIENCE)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)
    sent = json.loads(body)
    assert sent["id"] == event["id"] == headers["webhook-id"], (sent["id"], event, headers)
    assert sent["data"] == EVENT["data"], sent["data"]
    assert "Zoë" in body.decode(), "text beyond ASCII goes out as it is"
    return secret, headers, body


def cases(secret, headers, body):
    """(what, accepted?, secret, headers, body)"""
    middle = len(body) // 2
    damaged = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
    moved = dict(headers)
    for name in ("oncehub-signature", "webhook-timestamp"):
        moved[name] = re.sub(r"\d+", lambda found: str(int(found.group()) - 1), headers[name], count=1)
    yield "the delivery as it came", True, secret, headers, body
    yield "one bit of the body changed", False, secret, headers, damaged
    yield "one byte added", False, secret, headers, body + b"\n"
    yield "another secret", False, "0" * len(secret), headers, body
    yield "another second", False, secret, moved, body


def main(binary):
    failed = passed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        delivery = deliver(binary, folder)
        for what, accepted, secret, headers, body in cases(*delivery):
            (folder / "headers.json").write_text(json.dumps(headers))
            (folder / "body").write_bytes(body)
            for program in ("vendor.py", "standard.py"):
                command = [sys.executable, HERE / program, secret, folder / "headers.json", folder / "body"]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                # A verifier refuses with 1 and a reason; anything else is a fault of its own.
                refused = done.returncode == 1 and "Traceback" not in done.stderr
                right = done.returncode == 0 if accepted else refused
                passed, failed = passed + right, failed + (not right)
                verdict = "accepts" if done.returncode == 0 else "refuses"
                print(f"{'ok  ' if right else 'FAIL'} {program} {verdict}: {what}. {done.stderr.strip()}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
