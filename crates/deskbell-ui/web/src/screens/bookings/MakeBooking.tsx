// Makes a booking as a guest does: a calendar, an open slot, a name and an address.
import { useState } from "preact/hooks";
import { ApiError, post } from "../../api/client";
import type { Scheduled } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { TextField } from "../../components/TextField";
import { nameOf, type Sandbox } from "../../state/bookings";
import { someGuest } from "../../state/ring";
import { visible } from "../../words/bytes";
import { zone } from "../../words/time";
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
  const [calendar, setCalendar] = useState(calendars[0]?.id ?? "");
  const [slot, setSlot] = useState<string | null>(null);
  const [guest, setGuest] = useState(someGuest);
  const [error, setError] = useState<unknown>(null);
  const [round, again] = useState(0);
  const chosen = calendars.find(({ id }) => id === calendar);
  const book = async () => {
    try {
      const { id } = await post<Scheduled>(`booking-calendars/${calendar}/schedule`, {
        start_time: slot,
        guest_time_zone: zone,
        booking_form: guest,
      });
      onMade(id);
    } catch (failed) {
      setError(failed);
      // Somebody was faster: the slots as they are now.
      if (failed instanceof ApiError && failed.code === "slot_taken") {
        setSlot(null);
        again(round + 1);
      }
    }
  };
  const fault = error instanceof ApiError ? error : null;
  const faultAt = (field: string) => (fault?.field === field ? fault.message : null);
  const missing = !slot
    ? "Choose a time first."
    : !guest.name.trim() || !guest.email.trim()
      ? "A guest has a name and an address."
      : null;
  return (
    <Dialog title="Make a booking" wide onClose={onClose}>
      <form onSubmit={(event) => event.preventDefault()} novalidate>
        {calendars.length === 0 ? (
          <p class="note">No calendar takes bookings. Make one with POST /v2/booking-calendars.</p>
        ) : (
          <>
            <label class="field">
              <span>Calendar</span>
              <select
                class="input"
                value={calendar}
                onChange={(event) => {
                  setCalendar(event.currentTarget.value);
                  setSlot(null);
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
            <SlotChoice key={round} calendar={calendar} near={near} chosen={slot} onChoose={setSlot} />
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
            <div class="rang">
              <Hint word="Book it" types={chosen?.approval ? [] : ["booking.scheduled"]} />
            </div>
          </>
        )}
        {!fault?.field?.startsWith("booking_form.") && <Fault error={error} />}
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
