"""Booking pages and what goes with them, and webhooks, that the requests of the table name."""

from bookings import new_booking
from placeholders import numbers, placeholder


@placeholder(shared=True)
def event_type(scene):
    """an event type"""
    return scene.post("/v2/event-types", {"name": "Site visit", "description": "Forty minutes on the plot."})


@placeholder(shared=True)
def master_page(scene):
    """a master page"""
    return scene.post("/v2/master-pages", {"name": "Harbour Gardens"})


@placeholder(shared=True)
def booking_page(scene):
    """a booking page of `{host}`, with `{event_type}` and `{master_page}`"""
    fields = {"event_types": [scene.value("event_type")], "master_pages": [scene.value("master_page")]}
    return scene.post("/v2/booking-pages", {"user": scene.value("host"), "name": "Garden survey"} | fields)


@placeholder()
def page_booking(scene):
    """a booking made on `{booking_page}`, with `{event_type}` and `{master_page}`"""
    names = ("booking_page", "event_type", "master_page")
    return new_booking(scene, **{name: scene.value(name) for name in names})


@placeholder()
def deleted_master_page(scene):
    """a master page that was deleted (`DELETE /v2/master-pages/{id}`)"""
    made = scene.post("/v2/master-pages", {"name": "Harbour Gardens"})
    scene.send("DELETE", f"/v2/master-pages/{made['id']}")
    return made


@placeholder()
def webhook(scene):
    """a webhook"""
    # For what seldom happens, so that hardly anything is sent there.
    fields = {"url": "https://hooks.northwind.example/in", "events": ["conversation.abandoned"]}
    return scene.post("/v2/webhooks", {"name": f"Conformance {next(numbers)}"} | fields)
