"""Fills the sandbox, so that every list is longer than a page of 100, and counts what each list has."""

import datetime

# As many bookings, each of a guest of its own.
CROWD = 250
LISTS = ("bookings", "contacts", "booking-pages", "event-types", "master-pages", "users", "teams")


def fill(program):
    """Books the first calendar's slots, one window of the longest span after the other."""
    calendar = program.call("/v2/booking-calendars")["data"][0]["id"]
    start, booked = datetime.datetime.now(datetime.UTC), 0
    while booked < CROWD:
        end = start + datetime.timedelta(days=29)
        window = f"start_time={start:%Y-%m-%dT%H:%M:%SZ}&end_time={end:%Y-%m-%dT%H:%M:%SZ}"
        for slot in program.call(f"/v2/booking-calendars/{calendar}/time-slots?{window}")[: CROWD - booked]:
            booked += 1
            guest = {"name": f"Guest {booked}", "email": f"guest{booked}@corrib.example"}
            body = {"start_time": slot["start_time"], "guest_time_zone": "Europe/Dublin", "booking_form": guest}
            program.call(f"/v2/booking-calendars/{calendar}/schedule", body)
        start = end


def counts(program):
    """How many each list has, read page by page with nothing but `has_more`."""
    return {name: sum(1 for _ in everything(program, name)) for name in LISTS}


def everything(program, name):
    after = ""
    while True:
        page = program.call(f"/v2/{name}?limit=100{after}")
        yield from page["data"]
        if not page["has_more"]:
            return
        after = f"&after={page['data'][-1]['id']}"
