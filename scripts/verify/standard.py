"""Verifies a delivery by the Standard Webhooks headers, with the published library `standardwebhooks`.

Usage: standard.py SECRET HEADERS.json BODY; ends with 0 when the library accepts it. The key is the secret's text, which
the library takes as bytes, or as base 64 behind `whsec_`: both must agree.
"""

import base64
import json
import pathlib
import sys

from standardwebhooks import Webhook, WebhookVerificationError

secret = sys.argv[1].encode()
headers = json.loads(pathlib.Path(sys.argv[2]).read_text())
body = pathlib.Path(sys.argv[3]).read_bytes()
keys = {"bytes": secret, "whsec_": "whsec_" + base64.b64encode(secret).decode()}
refusals = []
for form, key in keys.items():
    try:
        Webhook(key).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, UnicodeDecodeError) as error:
        refusals.append(f"{form}: {error}")
if len(refusals) == 1:
    sys.exit("the two forms of the key disagree, " + refusals[0])
sys.exit("; ".join(refusals) or None)
