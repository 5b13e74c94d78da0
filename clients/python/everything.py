"""Lists all bookings of DESKBELL_URL, and the slots of a calendar, with the default arguments of the generated client: some of
them are sent empty, as the vendor's document has it. Usage: everything.py COUNT.
"""

import inspect
import os
import sys

from deskbell_client import AuthenticatedClient
from deskbell_client.api.sandbox import booking_calendars_list, booking_calendars_time_slots, bookings_list

client = AuthenticatedClient(
    base_url=os.environ["DESKBELL_URL"],
    token=os.environ["DESKBELL_API_KEY"],
    auth_header_name="API-Key",
    prefix="",
)
defaults = inspect.signature(bookings_list.sync).parameters
assert defaults["booking_calendar"].default == defaults["host"].default == "", defaults
wanted, seen, page = int(sys.argv[1]), set(), bookings_list.sync(client=client)
while page.data:
    seen |= {booking.id for booking in page.data}
    page = bookings_list.sync(client=client, after=page.data[-1].id)
assert len(seen) == wanted, f"listed {len(seen)} of {wanted} bookings"
calendar = booking_calendars_list.sync(client=client).data[0]
assert isinstance(booking_calendars_time_slots.sync(calendar.id, client=client), list)
print(f"ok   the Python client lists {len(seen)} of {wanted} bookings with its default arguments")
