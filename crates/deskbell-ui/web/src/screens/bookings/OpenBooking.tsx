// The open booking: who and what, the actions on it, and below them what rang.
import {
  CalendarSync,
  CalendarX,
  Check,
  CheckCheck,
  CircleDashed,
  type LucideIcon,
  MessageSquareText,
  UserRound,
  UserRoundX,
  X,
} from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/client";
import type { Booking } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { Actions } from "../../state/actions";
import { idOf, nameOf, type Sandbox } from "../../state/bookings";
import { useStore } from "../../state/follow";
import { Rang } from "../../state/rang";
import { go } from "../../state/route";
import { type ActionWords, BOOKING_ACTIONS, guestOf, type Worded, worded } from "../../words/booking";
import { visible } from "../../words/bytes";
import { ActionForm, isDanger } from "./ActionForm";
import { place } from "./place";
import { Hint, WhatRang } from "./WhatRang";

const icons: Record<string, LucideIcon> = {
  approve: Check,
  decline: X,
  reschedule: CalendarSync,
  reassign: UserRound,
  "request-reschedule": MessageSquareText,
  complete: CheckCheck,
  "no-show": UserRoundX,
  cancel: CalendarX,
};

export function OpenBooking({ sandbox, booking }: { sandbox: Sandbox; booking: Booking }) {
  const { id } = booking;
  const rang = useStore(() => new Rang(id), [id]);
  const actions = useStore(() => new Actions("booking", id), [id]);
  const [asking, ask] = useState<string | null>(null);
  const [hinted, hint] = useState<string | null>(null);
  const [isElsewhere, move] = useState(false);
  const [refused, refuse] = useState<unknown>(null);
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => element.current?.parentElement?.scrollIntoView?.({ block: "nearest" }), []);

  const list = worded(actions.list.value, BOOKING_ACTIONS);
  const allowed = (name: string | null) => list.find((action) => action.name === name && !action.off);
  const asked = allowed(asking);
  const close = () => {
    ask(null);
    hint(null);
    move(false);
  };
  const act = async (name: string, body: object) => {
    try {
      const after = await sandbox.act(id, name, body);
      await actions.refresh();
      refuse(null);
      close();
      // Another booking took its place: that is the one to look at now.
      if (after.id !== id) go(place(after.id, "upcoming"));
    } catch (error) {
      refuse(error);
    }
  };
  const press = async ({ name, form }: Worded<ActionWords>) => {
    refuse(null);
    if (!form) return act(name, {});
    ask(asking === name ? null : name);
  };
  // What a move to another calendar rings is not an action of this booking: the form says it.
  const shown = isElsewhere ? undefined : (asked ?? allowed(hinted));
  return (
    <div class="booking-open" ref={element} data-test="booking-open">
      <Facts booking={booking} sandbox={sandbox} />
      <Reason booking={booking} sandbox={sandbox} />
      <div class="actions" role="group" aria-label="What to do with it">
        {list.map((action) => {
          const { name, word, busy, off } = action;
          const lift = () => hint(name);
          const leave = () => hint(null);
          return (
            <span key={name} onPointerEnter={lift} onPointerLeave={leave} onFocusIn={lift} onFocusOut={leave}>
              <Button
                icon={icons[name] ?? CircleDashed}
                kind={isDanger(name) ? "danger" : "quiet"}
                busy={busy}
                off={off}
                onPress={() => press(action)}
                test={`act-${name}`}
              >
                {word}
              </Button>
            </span>
          );
        })}
      </div>
      <Forbidden list={list.filter(({ off }) => off)} />
      {asked?.form && (
        <ActionForm
          key={asked.name}
          name={asked.name}
          busy={asked.busy}
          form={asked.form}
          booking={booking}
          sandbox={sandbox}
          onElsewhere={move}
          onDo={(body) => act(asked.name, body)}
          onClose={close}
        />
      )}
      <Fault error={refused ?? actions.error.value}>
        {refused instanceof ApiError && refused.code === "slot_taken" && takenWords(sandbox, booking)}
      </Fault>
      <WhatRang rang={rang}>{shown && <Hint word={shown.word} types={shown.rings} />}</WhatRang>
    </div>
  );
}

function Facts({ booking, sandbox }: { booking: Booking; sandbox: Sandbox }) {
  const { id, form_submission: form, rescheduled_booking_id: other } = booking;
  const calendar = sandbox.calendar(booking);
  return (
    <p class="booking-facts second">
      <span class="nowrap">
        <span class="mono strong">{id}</span> <Copy text={id} what="the id" />
      </span>
      <span>{booking.duration_minutes} min</span>
      <bdi>{visible(form?.email ?? form?.phone ?? form?.mobile_phone ?? guestOf(booking))}</bdi>
      {form?.company && <bdi>{visible(form.company)}</bdi>}
      {calendar && (
        <span>
          on <bdi>{visible(calendar.name)}</bdi>
        </span>
      )}
      {other && (
        <a class="mono" href={`#/bookings/${other}`}>
          {other}
        </a>
      )}
    </p>
  );
}

/** Open slots are those of the calendar's host, who may not be the one who hosts this booking. */
function takenWords(sandbox: Sandbox, booking: Booking): string {
  const isOther = sandbox.calendar(booking)?.host !== idOf(booking.owner);
  return isOther
    ? `${sandbox.host(booking)} hosts it now and is not free then. Choose another time, or another calendar.`
    : "Somebody was faster. Choose another time.";
}

/** Who called it off or moved it, and why. */
function Reason({ booking, sandbox }: { booking: Booking; sandbox: Sandbox }) {
  const info = booking.cancel_reschedule_information;
  if (!info) return null;
  const user = sandbox.users.value.find(({ id }) => id === idOf(info.user_id));
  const who = info.actioned_by === "customer" ? "the guest" : nameOf(user) || "the host";
  return (
    <p class="second">
      {booking.status === "canceled" ? "Called off" : "Moved"} by {who}
      {info.reason && (
        <>
          : “<bdi>{visible(info.reason)}</bdi>”
        </>
      )}
      .
    </p>
  );
}

/** What is off says why in words too: a tooltip does not reach everybody. */
function Forbidden({ list }: { list: readonly Worded<ActionWords>[] }) {
  if (list.length === 0) return null;
  return (
    <details class="forbidden quiet small">
      <summary>
        {list.map(({ word }) => word).join(", ")} {list.length === 1 ? "is" : "are"} off
      </summary>
      <ul>
        {list.map(({ name, word, off }) => (
          <li key={name}>
            <b>{word}</b> {off}
          </li>
        ))}
      </ul>
    </details>
  );
}
