"""The program under test, on a folder of its own and open to loopback receivers, and calls of its API."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

# Seconds; only a broken build waits so long, also on a slow and busy machine.
TIMEOUT = 120
SETTINGS = {
    "DESKBELL_DELIVERY__ALLOW_HTTP": "true",
    "DESKBELL_DELIVERY__ALLOW_ADDRESSES": "127.0.0.0/8",
    "DESKBELL_API__RATE_LIMIT": "off",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """Runs `binary` below `folder` while the block lasts."""

    def __init__(self, binary, folder, settings=SETTINGS):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = folder / "deskbell.log"
        command = [binary, "serve", "--listen", self.url.removeprefix("http://"), "--data", folder / "data"]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(command, env=os.environ | settings, stdout=output, stderr=output)

    def __enter__(self):
        try:
            self.wait_until_ready()
            found = re.search(r"\bdbk_[\w-]+", self.log.read_text())
            if not found:
                sys.exit(f"the first start printed no key:\n{self.log.read_text()}")
        except BaseException:
            self.__exit__()
            raise
        self.key = found.group()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)

    def wait_until_ready(self):
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=1):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.02)
        sys.exit("the program did not become ready")

    def call(self, path, body=None):
        """One call of the API, a POST when there is a `body`; the answer's JSON."""
        headers = {"API-Key": self.key, "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers), timeout=TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            sys.exit(f"{path} answered {error.code}: {error.read().decode()}")
