"""A receiver of webhooks on loopback, which keeps what arrives."""

import http.server
import queue
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers 204 and puts headers and body, as they came, into the server's queue."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.arrived.put(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Receiver:
    """Listens at `url` until the process ends; `arrived` is a queue of (headers, body)."""

    def __init__(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.arrived = server.arrived = queue.Queue()
        self.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        threading.Thread(target=server.serve_forever, daemon=True).start()
