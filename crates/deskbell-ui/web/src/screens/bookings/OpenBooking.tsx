// The open booking: who and what, the actions on it, and below them what rang.

import {
  CalendarSync,
  CalendarX,
  Check,
  CheckCheck,
  type LucideIcon,
  MessageSquareText,
  UserRound,
  UserRoundX,
  X,
} from "lucide-preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/client";
import type { Booking, Calendar } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { idOf, nameOf, type Sandbox } from "../../state/bookings";
import { now } from "../../state/clock";
import { onLook, onNews } from "../../state/live";
import { Rang } from "../../state/rang";
import { go } from "../../state/route";
import { ACTIONS, type Action, type ActionKey, type Known } from "../../words/booking";
import { visible } from "../../words/bytes";
import { ActionForm } from "./ActionForm";
import { place } from "./place";
import { Hint, WhatRang } from "./WhatRang";

const icons: Record<ActionKey, LucideIcon> = {
  approve: Check,
  decline: X,
  reschedule: CalendarSync,
  reassign: UserRound,
  "request-reschedule": MessageSquareText,
  complete: CheckCheck,
  "no-show": UserRoundX,
  cancel: CalendarX,
};

/** What rang for a subject, kept fresh while it is shown. */
export function useRang(subject: string): Rang {
  const rang = useMemo(() => new Rang(subject), [subject]);
  useEffect(() => {
    const stops = [onNews((news) => rang.hear(news)), onLook(() => void rang.load())];
    void rang.load();
    return () => stops.forEach((stop) => stop());
  }, [rang]);
  return rang;
}

export function OpenBooking({ sandbox, booking }: { sandbox: Sandbox; booking: Booking }) {
  const rang = useRang(booking.id);
  const [asking, ask] = useState<Action | null>(null);
  const [hinted, hint] = useState<Action | null>(null);
  const [elsewhere, move] = useState<Calendar | null>(null);
  const [error, setError] = useState<unknown>(null);
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => element.current?.parentElement?.scrollIntoView?.({ block: "nearest" }), []);

  const calendar = sandbox.calendar(booking);
  const known: Known = { booking, calendar, last: rang.last.value, now: now.value };
  const act = async (action: Action, body: object) => {
    try {
      const after = await sandbox.act(booking.id, action.key, body);
      setError(null);
      ask(null);
      hint(null);
      move(null);
      // Another booking took its place: that is the one to look at now.
      if (after.id !== booking.id) go(place(after.id, "upcoming"));
    } catch (failed) {
      setError(failed);
    }
  };
  const press = (action: Action) => {
    setError(null);
    if (!action.asks) return act(action, {});
    ask(asking?.key === action.key ? null : action);
    return undefined;
  };
  const shown = asking ?? hinted;
  // On another calendar a new booking takes the place of this one.
  const rings =
    shown?.key !== "reschedule" || !elsewhere
      ? shown?.rings(known)
      : elsewhere.approval
        ? []
        : ["booking.canceled_then_rescheduled", "booking.rescheduled"];
  return (
    <div class="booking-open" ref={element} data-test="booking-open">
      <p class="booking-facts second">
        <span class="nowrap">
          <span class="mono strong">{booking.id}</span> <Copy text={booking.id} what="the id" />
        </span>
        <span>{booking.duration_minutes} min</span>
        <bdi>{visible(booking.form_submission.email)}</bdi>
        {booking.form_submission.company && <bdi>{visible(booking.form_submission.company)}</bdi>}
        {calendar && (
          <span>
            on <bdi>{visible(calendar.name)}</bdi>
          </span>
        )}
        {booking.rescheduled_booking_id && (
          <a class="mono" href={`#/bookings/${booking.rescheduled_booking_id}`}>
            {booking.rescheduled_booking_id}
          </a>
        )}
      </p>
      <Reason booking={booking} sandbox={sandbox} />
      <div class="actions" role="group" aria-label="What to do with it">
        {ACTIONS.filter(({ fits }) => !fits || fits(known)).map((action) => {
          const off = action.off(known);
          const lift = () => hint(off ? null : action);
          return (
            <span
              key={action.key}
              onPointerEnter={lift}
              onPointerLeave={() => hint(null)}
              onFocusIn={lift}
              onFocusOut={() => hint(null)}
            >
              <Button
                icon={icons[action.key]}
                kind={action.key === "cancel" || action.key === "decline" ? "danger" : "quiet"}
                busy={action.busy}
                off={off}
                onPress={() => press(action)}
                test={`act-${action.key}`}
              >
                {action.word}
              </Button>
            </span>
          );
        })}
      </div>
      <Forbidden known={known} />
      {asking && !asking.off(known) && (
        <ActionForm
          key={asking.key}
          action={asking}
          booking={booking}
          sandbox={sandbox}
          onElsewhere={move}
          onDo={(body) => act(asking, body)}
          onClose={() => (ask(null), hint(null), move(null))}
        />
      )}
      <Fault error={error}>
        {error instanceof ApiError && error.code === "slot_taken" && takenWords(sandbox, booking)}
      </Fault>
      <WhatRang rang={rang}>{shown && <Hint word={shown.word} types={rings ?? []} />}</WhatRang>
    </div>
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
function Forbidden({ known }: { known: Known }) {
  const off = ACTIONS.filter(({ fits, off: why }) => (!fits || fits(known)) && why(known));
  if (off.length === 0) return null;
  return (
    <details class="forbidden quiet small">
      <summary>
        {off.map(({ word }) => word).join(", ")} {off.length === 1 ? "is" : "are"} off
      </summary>
      <ul>
        {off.map((action) => (
          <li key={action.key}>
            <b>{action.word}</b> {action.off(known)}
          </li>
        ))}
      </ul>
    </details>
  );
}
