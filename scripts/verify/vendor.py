"""Verifies a delivery by the vendor's header, with nothing but Python's own library.

Usage: vendor.py SECRET HEADERS.json BODY; ends with 0 when the signature belongs to the body.
"""

import hashlib
import hmac
import json
import pathlib
import sys

secret, headers, body = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text()), pathlib.Path(sys.argv[3])
parts = dict(part.split("=", 1) for part in headers["oncehub-signature"].split(","))
signed = parts["t"].encode() + b"." + body.read_bytes()
expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
sys.exit(None if hmac.compare_digest(expected, parts["s"]) else "the signature is not of this secret, time and body")
