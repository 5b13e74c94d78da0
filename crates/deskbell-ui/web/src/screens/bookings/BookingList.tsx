// The list of bookings; the open one unfolds in place.
import { ApiError } from "../../api/client";
import type { Booking } from "../../api/objects";
import { Button } from "../../components/Button";
import { Tabs } from "../../components/Tabs";
import type { Sandbox } from "../../state/bookings";
import { go } from "../../state/route";
import type { Tallies, Tally } from "../../state/tallies";
import { guestOf, type Stand, standOf } from "../../words/booking";
import { visible } from "../../words/bytes";
import { at, shortClock, utc, zone } from "../../words/time";
import { dayAndDate } from "../../words/week";
import { OpenBooking } from "./OpenBooking";
import { place } from "./place";
import { RangMark, StateMark } from "./StateMark";

interface Props {
  sandbox: Sandbox;
  list: readonly Booking[];
  tallies: Tallies;
  open: string | null;
  stand: Stand;
  onMake: () => void;
}

const EMPTY: Record<Stand, [string, string]> = {
  upcoming: [
    "Nobody has booked yet",
    "A booking made here goes through the same life as a real one, and rings the same webhooks.",
  ],
  past: [
    "Nothing has taken place yet",
    "A booking is completed when its end has passed, or when you let it take place.",
  ],
  canceled: ["Nothing was canceled", "What is called off, or asked for anew, stands here."],
};

export function BookingList({ sandbox, list, tallies, open, stand, onMake }: Props) {
  const all = [...sandbox.bookings.value.values()];
  const many = (which: Stand) => all.filter((booking) => standOf(booking) === which).length;
  const loading = sandbox.loading.value;
  return (
    <section class="card booking-list" aria-label="Bookings">
      <Tabs<Stand>
        label="Which bookings"
        chosen={stand}
        onChoose={(next) => go(`${place(null, next)}${next === "upcoming" ? "?show=upcoming" : ""}`)}
        tabs={[
          { key: "upcoming", word: "Upcoming", count: loading ? undefined : many("upcoming") },
          { key: "past", word: "Past", count: loading ? undefined : many("past") },
          { key: "canceled", word: "Canceled", count: loading ? undefined : many("canceled") },
        ]}
      >
        <span class="quiet small zone">{zone}</span>
      </Tabs>
      {list.length > 0 ? (
        <>
          <div class="booking-head" aria-hidden="true">
            <span>state</span>
            <span>guest and subject</span>
            <span>when</span>
            <span>host</span>
            <span>what rang</span>
          </div>
          <ul>
            {list.map((booking) => (
              <li key={booking.id} class={booking.id === open ? "open" : undefined}>
                <Row
                  booking={booking}
                  host={sandbox.host(booking)}
                  tally={tallies.all.value.get(booking.id)}
                  known={tallies.known.value.has(booking.id)}
                  open={booking.id === open}
                  stand={stand}
                />
                {booking.id === open && <OpenBooking key={booking.id} sandbox={sandbox} booking={booking} />}
              </li>
            ))}
          </ul>
        </>
      ) : loading ? (
        <p class="empty" role="status">
          Loading the bookings
        </p>
      ) : sandbox.error.value instanceof ApiError ? null : (
        <div class="empty">
          <b>{EMPTY[stand][0]}</b>
          <p>{EMPTY[stand][1]}</p>
          {stand === "upcoming" && (
            <Button onPress={onMake} test="make-first">
              Make a booking
            </Button>
          )}
        </div>
      )}
    </section>
  );
}

function Row({
  booking,
  host,
  tally,
  known,
  open,
  stand,
}: {
  booking: Booking;
  host: string;
  tally: Tally | undefined;
  known: boolean;
  open: boolean;
  stand: Stand;
}) {
  const start = at(booking.starting_time);
  return (
    <a
      class="booking-row"
      href={place(open ? null : booking.id, stand)}
      aria-current={open ? "true" : undefined}
      aria-expanded={open}
      data-test="booking"
      data-id={booking.id}
    >
      <StateMark status={booking.status} />
      <span class="booking-who cut">
        <b>
          <bdi>{visible(guestOf(booking))}</bdi>
        </b>{" "}
        <bdi class="second">{visible(booking.subject)}</bdi>
      </span>
      <span class="booking-when number" title={utc(start)}>
        {dayAndDate(start)}, {shortClock(start)}
      </span>
      <span class="booking-host second cut">
        <bdi>{visible(host)}</bdi>
      </span>
      <RangMark tally={tally} known={known} none={booking.status === "requested" ? "nothing yet" : "rang nobody"} />
    </a>
  );
}
