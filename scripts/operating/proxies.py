"""The reverse proxies of docs/operating.md, as they stand there, in front of the real program: at the root of a host and below a path.

Names, ports and certificates are put in; everything else is the document's. The client is at 127.0.0.3, the proxy at 127.0.0.1.
"""

import contextlib
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import time

from check import PATH, TIMEOUT, blocks, replaced, run, tool

sys.path.append(str(__import__("pathlib").Path(__file__).resolve().parents[1] / "verify"))
from program import Program, free_port  # noqa: E402

CLIENT = "127.0.0.3"
FORGED = "203.0.113.9"
# What POST /v2/events takes, less the rest of the body.
LARGE = 30_000


class Site:
    """The program behind a proxy, as a client outside sees it."""

    def __init__(self, host, port, path, authority):
        self.host, self.port, self.path = host, port, path
        self.url = f"https://{host}:{port}{path}"
        self.context = ssl.create_default_context(cafile=authority)
        self.key = None

    def connect(self):
        connection = http.client.HTTPSConnection(self.host, self.port, timeout=TIMEOUT, context=self.context)
        plain = socket.create_connection(("127.0.0.1", self.port), TIMEOUT, source_address=(CLIENT, 0))
        connection.sock = self.context.wrap_socket(plain, server_hostname=self.host)
        return connection

    def open(self, path, body=None, **headers):
        """An answer whose body is not read yet; `path` is below the host."""
        headers = {"API-Key": self.key, "X-Forwarded-For": FORGED, "Content-Type": "application/json"} | headers
        connection = self.connect()
        data = None if body is None else json.dumps(body).encode()
        connection.request("GET" if body is None else "POST", path, data, headers)
        return connection.getresponse()

    def call(self, path, body=None):
        answer = self.open(self.path + path, body)
        text = answer.read().decode()
        assert answer.status in (200, 201, 202), f"{path}: {answer.status} {text[:500]}"
        return json.loads(text), answer

    def ready(self, process, log):
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            assert process.poll() is None, log.read_text()
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.open(self.path + "/healthz").status == 200:
                    return
            time.sleep(0.02)
        raise AssertionError(log.read_text())


def certificate(folder, host):
    """A certificate for `host` and its key, which is its own authority."""
    chain, key = folder / "chain.pem", folder / "key.pem"
    run(tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-keyout", key, "-out", chain)
    return chain, key


def nginx(folder, block, _, port):
    """Its command, with a document's block that is put in."""
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;\nevents {{}}\nhttp {{\n"
        f"access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;\n{block}}}\n"
    )
    return [tool("nginx"), "-p", folder, "-c", config]


def caddy(folder, block, host, port):
    config = folder / "Caddyfile"
    site = f"{host}:{port} {{\n    bind 127.0.0.1\n    tls {folder}/chain.pem {folder}/key.pem\n"
    config.write_text("{\n    admin off\n    auto_https disable_redirects\n}\n" + replaced(block, (f"{host} {{\n", site)))
    return [tool("caddy"), "run", "--config", config, "--adapter", "caddyfile"]


@contextlib.contextmanager
def site(binary, folder, proxy, block, host, path):
    """The program, and the proxy in front of it."""
    chain, key = certificate(folder, host)
    port, site = free_port(), None
    settings = {
        "DESKBELL_SERVER__PUBLIC_URL": f"https://{host}:{port}{path}",
        "DESKBELL_SERVER__TRUSTED_PROXIES": "127.0.0.1",
        "DESKBELL_METRICS__LISTEN": "",
    }
    with Program(binary, folder, settings) as program:
        upstream = program.url.removeprefix("http://")
        block = replaced(block, ("127.0.0.1:8480", upstream))
        if proxy is nginx:
            block = replaced(
                block,
                ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
                ("/etc/ssl/bell.example/chain.pem", str(chain)),
                ("/etc/ssl/bell.example/key.pem", str(key)),
            )
        command = proxy(folder, block, host, port)
        log = folder / "proxy.log"
        environment = os.environ | {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "HOME": str(folder), "PATH": PATH}
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        try:
            site = Site(host, port, path, chain)
            site.key, site.log = program.key, program.log
            site.ready(process, log)
            yield site
        finally:
            process.terminate()
            process.wait(timeout=TIMEOUT)


def walk(site):
    """All that has to work through a proxy."""
    # Who is nobody yet is led to the sign-in, and the path without its last slash to the page.
    nobody = site.open(site.path + "/", **{"API-Key": ""})
    assert (nobody.status, nobody.headers["Location"]) == (303, "./sign-in"), (nobody.status, nobody.headers)
    if site.path:
        moved = site.open(site.path)
        assert moved.status == 308 and moved.headers["Location"].endswith(site.path + "/"), (moved.status, moved.headers)

    # The link that the start printed signs in, by a cookie that goes no further than it must.
    link = re.search(r"https://\S+/enter\?token=\S+", site.log.read_text()).group()
    assert link.startswith(site.url + "/enter"), link
    entered = site.open(link.removeprefix(f"https://{site.host}:{site.port}"))
    cookie = entered.headers["Set-Cookie"]
    assert cookie.startswith("__Secure-deskbell=" if site.path else "__Host-deskbell="), cookie
    assert f"Path={site.path}/;" in cookie and "Secure" in cookie, cookie

    # With it there is the page, and all files that it and the sign-in name.
    session = {"Cookie": cookie.partition(";")[0], "API-Key": ""}
    for path in ("/", "/sign-in"):
        page = site.open(site.path + path, **session if path == "/" else {})
        text = page.read().decode()
        assert page.status == 200 and "text/html" in page.headers["Content-Type"], (page.status, text)
        for name in re.findall(r'(?:src|href)="(?:\./)?([^"#:]+\.(?:js|css|svg|png|woff2))"', text):
            file = site.open(f"{site.path}/{name}")
            assert file.status == 200 and file.read(), f"{name}: {file.status}"

    # A list's link leads through the proxy to its next page.
    inboxes = [site.call("/v2/inboxes", {"name": name})[0] for name in ("a", "b")]
    page, answer = site.call("/v2/inboxes?limit=1")
    link = re.match(r"<([^>]+)>", answer.headers["Link"]).group(1)
    assert link.startswith(site.url + "/v2/inboxes?"), link
    following, _ = site.call(link.removeprefix(site.url))
    assert {page["data"][0]["id"], following["data"][0]["id"]} == {inbox["id"] for inbox in inboxes}

    # An inbox takes requests at its address; where they came from is believed of the proxy, and of nobody before it.
    address = inboxes[0]["url"]
    assert address.startswith(site.url + "/in/"), address
    captured = site.open(address.removeprefix(f"https://{site.host}:{site.port}") + "/sub%20path?x=1", {"a": 1})
    assert captured.status == 200, captured.status
    captured.read()
    request = site.call(f"/v2/inboxes/{inboxes[0]['id']}/requests")[0]["data"][0]
    assert request["remote_address"].split(":")[0] == CLIENT, request["remote_address"]
    assert "sub%20path?x=1" in json.dumps(request), request
    hosts = [header["value"] for header in request["headers"] if header["name"].lower() == "host"]
    assert hosts == [f"{site.host}:{site.port}"], hosts

    # A message of the stream comes while the stream is open; and a large body passes.
    stream = site.open(site.path + "/v2/stream", Accept="text/event-stream")
    assert stream.status == 200 and "text/event-stream" in stream.headers["Content-Type"]
    events = [{"type": "conversation.closed", "data": {"object": "conversation", "id": f"CONV-{number}", "note": "x" * 200}}
              for number in range(LARGE // 40)]
    posted, _ = site.call("/v2/events", {"events": events + [events[0] | {"data": {"filler": "y" * 200_000}}] * 20})
    first = posted["data"][0]["id"] if "data" in posted else posted["id"]
    deadline = time.monotonic() + TIMEOUT
    for line in stream:
        if first.encode() in line:
            break
        assert time.monotonic() < deadline, "the stream does not tell of the event"

    # A delivery to an own inbox needs no proxy.
    hook, _ = site.call("/v2/webhooks", {"name": "own", "url": inboxes[1]["url"], "events": ["booking"]})
    site.call(f"/v2/webhooks/{hook['id']}/test", {})
    while not site.call(f"/v2/inboxes/{inboxes[1]['id']}/requests")[0]["data"]:
        assert time.monotonic() < deadline, "the delivery does not arrive"


def checks(root, binary):
    document = root / "docs/operating.md"
    (nginx_root, nginx_path), (caddy_root, caddy_path) = blocks(document, "nginx"), blocks(document, "caddy")
    head = nginx_root[: nginx_root.index("    client_max_body_size")]
    nginx_path = head + nginx_path + "}\n"
    for name, proxy, block, host, path in (
        ("nginx at the root", nginx, nginx_root, "bell.example", ""),
        ("nginx below a path", nginx, nginx_path, "ops.example", "/hooks"),
        ("Caddy at the root", caddy, caddy_root, "bell.example", ""),
        ("Caddy below a path", caddy, caddy_path, "ops.example", "/hooks"),
    ):
        if path and proxy is nginx:
            block = block.replace("server_name bell.example", f"server_name {host}")

        def check(folder, proxy=proxy, block=block, host=host, path=path):
            with site(binary, folder, proxy, block, host, path) as found:
                walk(found)

        yield f"proxy: {name}", check
