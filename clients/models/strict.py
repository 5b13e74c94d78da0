"""The vendor's events as strictly as its documents have them: closed lists are closed, an unknown key is an error.

Written by hand from the contract; docs/reference/conformance has the same facts as a table.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Text = Annotated[str, Field(strict=True)]
# Null where there is no value: the vendor's FAQ, though its schema does not say so.
Unused = Text | None


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CustomField(Strict):
    name: Text
    value: object


class User(Strict):
    object: Literal["user"]
    id: Text
    first_name: Text
    last_name: Text
    email: Text
    status: Literal["active", "invited"]
    role_name: Literal["Account Owner", "Administrator", "Member", "Team Manager"]
    timezone: Text
    teams: list[Text]


class Contact(Strict):
    object: Literal["contact"]
    id: Text
    creation_time: AwareDatetime
    last_updated_time: AwareDatetime
    last_interacted_time: AwareDatetime | None
    owner: Text
    status: Literal["Qualified", "Sales qualified", "Marketing qualified", "Disqualified"] | None
    city: Unused
    company_size: Unused
    company: Unused
    country: Unused
    email: Unused
    employees: int | None
    first_name: Unused
    has_consent: bool
    job_title: Unused
    last_name: Unused
    mobile_phone: Unused
    phone: Unused
    post_code: Unused
    salutation: Unused
    state: Unused
    street_address: Unused
    terms_of_sevice: bool
    timezone: Unused
    # Live answers have these two.
    bot: Unused
    form: Unused
    custom_fields: list[CustomField]


class Bot(Strict):
    object: Literal["bot"]
    id: Text
    name: Text


class Website(Strict):
    object: Literal["website"]
    id: Text
    name: Text
    url: Text


class Audience(Strict):
    object: Literal["audience"]
    id: Text
    name: Text


class Answer(Strict):
    id: Text
    internal_label: Unused
    question: Text
    value: Text


class ConversationInBooking(Strict):
    """With ids for what it names."""

    object: Literal["conversation"]
    id: Text
    creation_time: AwareDatetime
    initiated_by: Literal["bot", "contact"]
    last_updated_time: AwareDatetime
    last_interacted_time: AwareDatetime
    contact: Text
    owner: Text
    status: Literal["started", "closed", "abandoned"]
    bot: Text
    website: Text
    audience: Unused
    answers: list[Answer]
    bookings: list[Text]


class Conversation(ConversationInBooking):
    """With the objects."""

    contact: Contact
    owner: User
    bot: Bot
    website: Website
    audience: Audience | None


class Conferencing(Strict):
    join_url: Text


class CancelInformation(Strict):
    reason: Unused
    actioned_by: Literal["user", "customer"]
    user_id: Unused


class FormSubmission(Strict):
    name: Text
    email: Unused
    phone: Unused
    mobile_phone: Unused
    note: Unused
    company: Unused
    guests: list[Text]
    custom_fields: list[CustomField]


class ExternalCalendar(Strict):
    type: Literal["google", "exchange", "office_365", "icloud"]
    name: Unused
    id: Unused
    event_id: Unused


class Payment(Strict):
    amount_charged: int
    currency: Text
    transaction_id: Text


class Booking(Strict):
    object: Literal["booking"]
    id: Text
    tracking_id: Text
    subject: Text
    status: Literal["requested", "scheduled", "rescheduled", "completed", "canceled", "no_show"]
    in_trash: bool
    creation_time: AwareDatetime
    starting_time: AwareDatetime
    customer_timezone: Text
    last_updated_time: AwareDatetime
    owner: Text
    duration_minutes: int
    virtual_conferencing: Conferencing | None
    location_description: Unused
    rescheduled_booking_id: Unused
    cancel_reschedule_url: Text
    cancel_reschedule_information: CancelInformation | None
    attendees: list[Text]
    form_submission: FormSubmission | None
    booking_page: Unused
    master_page: Unused
    event_type: Unused
    conversation: ConversationInBooking | None
    external_calendar: ExternalCalendar
    ics_url: Unused
    booking_calendar: Unused
    cancel_url: Unused
    reschedule_url: Unused
    payment_information: Payment | None
    custom_fields: list[CustomField]


class Event(Strict):
    id: Text
    object: Literal["event"]
    creation_time: AwareDatetime
    api_version: Literal["v2"]


class BookingEvent(Event):
    type: Literal[
        "booking.scheduled",
        "booking.rescheduled",
        "booking.canceled_then_rescheduled",
        "booking.canceled_reschedule_requested",
        "booking.canceled",
        "booking.completed",
        "booking.no_show",
        "booking.reassigned",
    ]
    data: Booking


class ConversationEvent(Event):
    type: Literal["conversation.started", "conversation.closed", "conversation.abandoned"]
    data: Conversation
