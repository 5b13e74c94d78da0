"""What schemathesis does differently here."""

import ipaddress
import socket
import urllib.parse

import schemathesis


def public(url):
    """Whether the host of `url` is a public address, in any of the forms that C libraries and browsers read."""
    try:
        host = urllib.parse.urlsplit(url).hostname or ""
        address = ipaddress.ip_address(host) if ":" in host else ipaddress.ip_address(socket.inet_aton(host))
        return address.is_global
    except (ValueError, OSError):
        return False


@schemathesis.hook
def before_call(context, case, kwargs):
    """Points webhooks at addresses that are reserved for documents, where they would point at a public one."""
    body = case.body
    if isinstance(body, dict) and isinstance(body.get("url"), str) and public(body["url"]):
        body["url"] = "https://hooks.example.invalid/"
