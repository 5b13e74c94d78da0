// Makes a booking as a guest does: a calendar, an open slot, a name and an address.
import { useState } from "preact/hooks";
import { ApiError, post } from "../../api/client";
import type { Scheduled, Slot } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { TextField } from "../../components/TextField";
import { nameOf, type Sandbox } from "../../state/bookings";
import { someGuest } from "../../state/ring";
import { asked, NO_OPTIONS, scheduleBody } from "../../state/schedule";
import { visible } from "../../words/bytes";
import { zone } from "../../words/time";
import { BookingOptions } from "./BookingOptions";
import { SlotChoice } from "./SlotChoice";
import { Hint } from "./WhatRang";

export function MakeBooking({
  sandbox,
  near,
  onClose,
  onMade,
}: {
  sandbox: Sandbox;
  near: number | null;
  onClose: () => void;
  onMade: (id: string) => void;
}) {
  const calendars = sandbox.calendars.value.filter(({ published }) => published);
  const [chosenCalendar, setCalendar] = useState<string | null>(null);
  // The calendars may come after the dialog.
  const calendar = chosenCalendar ?? calendars[0]?.id ?? "";
  const [slot, setSlot] = useState<Slot | null>(null);
  const [options, setOptions] = useState(NO_OPTIONS);
  const [more, showMore] = useState(false);
  const [guest, setGuest] = useState(someGuest);
  const [error, setError] = useState<unknown>(null);
  const [round, again] = useState(0);
  const chosen = calendars.find(({ id }) => id === calendar);
  // Another slot has places of its own.
  const choose = (next: Slot | null) => {
    setSlot(next);
    setOptions((known) => ({ ...known, place: null, said: "" }));
  };
  const book = async () => {
    if (!slot) return;
    try {
      const body = scheduleBody(slot.start_time, guest, zone, options);
      const { id } = await post<Scheduled>(`booking-calendars/${calendar}/schedule`, body);
      onMade(id);
    } catch (failed) {
      setError(failed);
      // Somebody was faster: the slots as they are now.
      if (failed instanceof ApiError && failed.code === "slot_taken") {
        choose(null);
        again(round + 1);
      }
    }
  };
  const fault = error instanceof ApiError ? error : null;
  const faultAt = (field: string) => (fault?.field === field ? fault.message : null);
  const isAtField =
    fault?.field?.startsWith("booking_form.") || (asked(options.place) && fault?.field?.startsWith("location"));
  const missing = !slot
    ? "Choose a time first."
    : !guest.name.trim() || !guest.email.trim()
      ? "A guest has a name and an address."
      : asked(options.place) && !options.said.trim()
        ? "The guest has to say where."
        : null;
  return (
    <Dialog title="Make a booking" wide onClose={onClose}>
      <form onSubmit={(event) => event.preventDefault()} novalidate>
        {calendars.length === 0 ? (
          <p class="note" role="status">
            {sandbox.loading.value
              ? "Looking for calendars"
              : "No calendar takes bookings. Make one with POST /v2/booking-calendars."}
          </p>
        ) : (
          <>
            <label class="field">
              <span>Calendar</span>
              <select
                class="input"
                value={calendar}
                onChange={(event) => {
                  setCalendar(event.currentTarget.value);
                  choose(null);
                }}
                data-test="calendar"
              >
                {calendars.map((one) => (
                  <option key={one.id} value={one.id}>
                    {visible(one.name)}, {one.duration_minutes} min with{" "}
                    {visible(nameOf(sandbox.users.value.find(({ id }) => id === one.host)))}
                  </option>
                ))}
              </select>
            </label>
            <SlotChoice
              key={round}
              calendar={calendar}
              near={near}
              chosen={slot?.start_time ?? null}
              onChoose={choose}
            />
            <div class="guest-fields">
              <TextField
                label="Guest"
                value={guest.name}
                onValue={(name) => setGuest({ ...guest, name })}
                error={faultAt("booking_form.name")}
                test="guest-name"
              />
              <TextField
                label="E-mail"
                type="email"
                value={guest.email}
                onValue={(email) => setGuest({ ...guest, email })}
                error={faultAt("booking_form.email")}
                test="guest-email"
              />
            </div>
            <button type="button" class="link" onClick={() => setGuest(someGuest())} data-test="other-guest">
              Somebody else
            </button>
            <details class="booking-more" onToggle={(event) => showMore(event.currentTarget.open)}>
              <summary data-test="more">Where, on which page, paid, made by whom</summary>
              {more && <BookingOptions slot={slot} options={options} onOptions={setOptions} faultAt={faultAt} />}
            </details>
            <div class="rang">
              <Hint word="Book it" types={chosen?.approval ? [] : ["booking.scheduled"]} />
            </div>
          </>
        )}
        {!isAtField && <Fault error={error} />}
        <footer>
          <Button kind="ghost" onPress={onClose} test="cancel">
            Cancel
          </Button>
          {calendars.length > 0 && (
            <Button kind="main" submit busy="Booking" off={missing} onPress={book} test="book">
              Book it
            </Button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}
