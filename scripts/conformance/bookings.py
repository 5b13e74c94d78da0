"""Calendars, slots and bookings that the requests of the table name."""

from placeholders import numbers, placeholder


def new_calendar(scene, host, **fields):
    fields = {"host": host, "name": "Demos", "subject": "Instrument demo", "duration_minutes": 30} | fields
    return scene.post("/v2/booking-calendars", fields)


@placeholder(shared=True)
def calendar(scene):
    """the booking calendar of `{host}`, half an hour each"""
    return new_calendar(scene, scene.value("host"))


@placeholder(shared=True)
def other_calendar(scene):
    """the booking calendar of `{other_host}`"""
    return new_calendar(scene, scene.value("other_host"))


@placeholder()
def calendar_without_seat(scene):
    """a booking calendar whose host has no seat"""
    return new_calendar(scene, scene.value("user_without_seat"))


@placeholder()
def unpublished_calendar(scene):
    """a booking calendar that is not published"""
    return new_calendar(scene, scene.value("host"), published=False)


@placeholder()
def open_slots(scene):
    """the open starts of `{calendar}`"""
    return [slot["start_time"] for slot in scene.get(f"/v2/booking-calendars/{scene.value('calendar')}/time-slots")]


@placeholder(shared=True)
def slots(scene):
    slots = scene.get(f"/v2/booking-calendars/{scene.value('calendar')}/time-slots?end_time={scene.in_days(29)}")
    # From the end, so that the first ones stay open.
    return iter([slot["start_time"] for slot in slots[20:]])


@placeholder()
def slot(scene):
    """a start of `{calendar}` that is open"""
    return next(scene.made("slots"))


def new_booking(scene, calendar="calendar", **fields):
    number = next(numbers)
    form = {"name": "Tomas Healy", "email": f"tomas{number}@corrib.example"}
    fields = {"start_time": next(scene.made("slots")), "guest_time_zone": "Europe/Dublin", "booking_form": form} | fields
    made = scene.post(f"/v2/booking-calendars/{scene.value(calendar)}/schedule", fields)
    return scene.get(f"/v2/bookings/{made['id']}")


@placeholder()
def booking(scene):
    """a booking on `{calendar}`"""
    return new_booking(scene)


@placeholder()
def later_booking(scene):
    """a booking made after `{booking}`, for a later time"""
    scene.value("booking")
    return new_booking(scene)


@placeholder()
def canceled_booking(scene):
    """a booking that was canceled"""
    made = new_booking(scene)
    return scene.post(f"/v2/bookings/{made['id']}/cancel", {"cancellation_reason": "Conflict with an audit"})


@placeholder()
def past_booking(scene):
    """a booking that is over (`POST /v2/bookings/{id}/complete`)"""
    made = new_booking(scene)
    return scene.post(f"/v2/bookings/{made['id']}/complete", {})


@placeholder()
def paid_booking(scene):
    """a booking with `payment_information`"""
    payment = {"amount_charged": 12000, "currency": "EUR", "transaction_id": "ch_EXAMPLE01"}
    return new_booking(scene, payment_information=payment)


@placeholder()
def full_booking(scene):
    """a booking whose guest filled in everything and came by a campaign"""
    number = next(numbers)
    form = {"name": "Tomas Healy", "email": f"tomas{number}@corrib.example", "guests": ["aoife.byrne@corrib.example"]}
    form |= {"phone": "+353851234567", "mobile_phone": "+353851234568", "company": "Corrib Instruments"}
    form |= {"note": "We have two sites.", "team_size": "11-50"}
    campaign = {"source": "newsletter", "medium": "mail", "campaign": "spring", "term": "demo", "content": "button"}
    return new_booking(scene, booking_form=form, utm_params=campaign)


@placeholder()
def moved_booking(scene):
    """a booking that took the place of another (`POST /v2/bookings/{id}/reschedule`)"""
    made = new_booking(scene)
    there = scene.get(f"/v2/booking-calendars/{scene.value('other_calendar')}/time-slots")[0]["start_time"]
    fields = {"booking_calendar": scene.value("other_calendar"), "start_time": there}
    return scene.post(f"/v2/bookings/{made['id']}/reschedule", fields)


@placeholder()
def talked_booking(scene):
    """a booking made in a conversation"""
    talk = scene.post("/v2/conversations", {"audience": "Returning visitors"})
    answer = {"question": "How many sites?", "value": "2", "internal_label": "sites"}
    scene.post(f"/v2/conversations/{talk['id']}/answer", answer)
    return new_booking(scene, conversation=talk["id"])
