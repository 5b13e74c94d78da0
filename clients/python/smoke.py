"""Calls the program in DESKBELL_URL through the generated client: makes a webhook, lists it, and reads a refusal."""

import os

from deskbell_client import AuthenticatedClient
from deskbell_client.api.webhooks import webhooks_create, webhooks_list
from deskbell_client.models import Error, NewWebhook, NewWebhookEventsItem

client = AuthenticatedClient(
    base_url=os.environ["DESKBELL_URL"],
    token=os.environ["DESKBELL_API_KEY"],
    auth_header_name="API-Key",
    prefix="",
)
target = "https://hooks.northwind.example/in/bookings"
body = NewWebhook(name="Python client", url=target, events=[NewWebhookEventsItem.BOOKING])
made = webhooks_create.sync(client=client, body=body)
assert made.name == "Python client" and len(made.secret) == 32, made
listed = webhooks_list.sync(client=client, limit=100)
assert made.id in [webhook.id for webhook in listed.data], listed
refused = webhooks_create.sync(client=client, body=body)
assert isinstance(refused, Error) and refused.code.value == "name_taken", refused
print("ok   the Python client makes a webhook, lists it, and reads a refusal")
