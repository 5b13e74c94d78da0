// What an action asks before it is done, where the actions stand: a slot, a host, or a reason.
import { useState } from "preact/hooks";
import type { Booking } from "../../api/objects";
import { Button } from "../../components/Button";
import { idOf, nameOf, type Sandbox } from "../../state/bookings";
import type { ActionWords } from "../../words/booking";
import { visible } from "../../words/bytes";
import { SlotChoice } from "./SlotChoice";

interface Props {
  name: string;
  busy: string;
  form: NonNullable<ActionWords["form"]>;
  booking: Booking;
  sandbox: Sandbox;
  /** Whether another calendar than its own was chosen. */
  onElsewhere: (isElsewhere: boolean) => void;
  onDo: (body: object) => Promise<void>;
  onClose: () => void;
}

/** Actions that call a booking off. */
export const isDanger = (name: string): boolean => name === "cancel" || name === "decline";

/** The reason's own name in each call. */
const REASON: Record<string, string> = {
  cancel: "cancellation_reason",
  decline: "reason",
  "request-reschedule": "reschedule_reason",
};

export function ActionForm({ name, busy, form, booking, sandbox, onElsewhere, onDo, onClose }: Props) {
  const { asks, submit } = form;
  const own = idOf(booking.booking_calendar);
  const [calendar, setCalendar] = useState(own);
  const [slot, setSlot] = useState<string | null>(null);
  const [host, setHost] = useState("");
  const [reason, setReason] = useState("");
  const hosts = sandbox.users.value.filter(({ id, status }) => id !== idOf(booking.owner) && status === "active");
  const calendars = sandbox.calendars.value.filter(({ published }) => published);
  const missing =
    asks === "slot" && !slot ? "Choose a time first." : asks === "host" && !host ? "Choose a host first." : null;
  const choose = (id: string) => {
    setCalendar(id);
    setSlot(null);
    onElsewhere(id !== own);
  };
  const run = () => {
    if (asks === "slot") return onDo({ start_time: slot, ...(calendar === own ? {} : { booking_calendar: calendar }) });
    if (asks === "host") return onDo({ new_host: host });
    return onDo(reason.trim() ? { [REASON[name] ?? "reason"]: reason.trim() } : {});
  };
  return (
    <form
      class="action-form"
      onSubmit={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
      data-test="action-form"
    >
      {asks === "slot" && (
        <>
          <label class="field">
            <span>Calendar</span>
            <select
              class="input"
              value={calendar}
              onChange={(event) => choose(event.currentTarget.value)}
              data-test="move-calendar"
            >
              {calendars.map(({ id, name }) => (
                <option key={id} value={id}>
                  {visible(name)}
                  {id === own ? " (its own)" : ""}
                </option>
              ))}
            </select>
            {calendar !== own && (
              <small>
                On another calendar a new booking takes its place; the old one rings booking.canceled_then_rescheduled
                first.
              </small>
            )}
          </label>
          <SlotChoice calendar={calendar} chosen={slot} onChoose={({ start_time }) => setSlot(start_time)} />
        </>
      )}
      {asks === "host" && (
        <label class="field">
          <span>New host</span>
          <select
            class="input"
            value={host}
            onChange={(event) => setHost(event.currentTarget.value)}
            data-test="new-host"
          >
            <option value="">Choose a host</option>
            {hosts.map((user) => (
              <option key={user.id} value={user.id}>
                {visible(nameOf(user))}
              </option>
            ))}
          </select>
          {hosts.length === 0 && <small>There is no other active user. Make one with POST /v2/users.</small>}
        </label>
      )}
      {asks === "reason" && (
        <label class="field">
          <span>Reason, if there is one; webhooks get it</span>
          <input
            class="input"
            value={reason}
            maxLength={2000}
            onInput={(event) => setReason(event.currentTarget.value)}
            data-test="reason"
          />
        </label>
      )}
      <div class="actions">
        <Button kind={isDanger(name) ? "danger" : "quiet"} submit busy={busy} off={missing} onPress={run} test="do">
          {submit}
        </Button>
        <Button kind="ghost" onPress={onClose} test="keep">
          Leave it as it is
        </Button>
      </div>
    </form>
  );
}
