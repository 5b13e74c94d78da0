// The week: days as columns, hours as lines, bookings as blocks in the colour of who hosts them.

import { ChevronLeft, ChevronRight, Plus } from "lucide-preact";
import { useState } from "preact/hooks";
import type { Booking } from "../../api/objects";
import { Button } from "../../components/Button";
import { idOf, nameOf, type Sandbox } from "../../state/bookings";
import { now } from "../../state/clock";
import { guestOf, type Stand, stateWord } from "../../words/booking";
import { visible } from "../../words/bytes";
import { at, shortClock, zone } from "../../words/time";
import { addDays, dayAndDate, dayStart, dayWord, lanes, minuteOf, span, timeOf, weekStart } from "../../words/week";
import { place } from "./place";

interface Props {
  sandbox: Sandbox;
  week: number;
  onWeek: (week: number) => void;
  open: string | null;
  stand: Stand;
  /** A free time was pressed. */
  onBook: (time: number) => void;
}

/** What is shown at least, in hours. */
const HOURS = { from: 8, till: 18 };

export function Week({ sandbox, week, onWeek, open, stand, onBook }: Props) {
  const end = addDays(week, 7);
  const bookings = [...sandbox.bookings.value.values()].filter(
    ({ starting_time }) => at(starting_time) >= week && at(starting_time) < end,
  );
  const weekend = bookings.some(({ starting_time }) => at(starting_time) >= addDays(week, 5));
  const days = Array.from({ length: weekend ? 7 : 5 }, (_, index) => addDays(week, index));
  const from = Math.min(HOURS.from, ...bookings.map((booking) => Math.floor(minuteOf(at(booking.starting_time)) / 60)));
  const till = Math.min(
    24,
    Math.max(
      HOURS.till,
      ...bookings.map((booking) => Math.ceil((minuteOf(at(booking.starting_time)) + booking.duration_minutes) / 60)),
    ),
  );
  const hosts = [...new Set(sandbox.calendars.value.map(({ host }) => host))];
  const thisWeek = weekStart(now.value);
  return (
    <section class="card week" aria-labelledby="week-title" data-test="week">
      <header>
        <h2 id="week-title">{span(week, days.at(-1) ?? week)}</h2>
        <span class="week-steps">
          <button
            type="button"
            class="icon-button"
            aria-label="The week before"
            title="The week before"
            onClick={() => onWeek(addDays(week, -7))}
            data-test="week-before"
          >
            <ChevronLeft size={16} aria-hidden="true" />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label="The week after"
            title="The week after"
            onClick={() => onWeek(addDays(week, 7))}
            data-test="week-after"
          >
            <ChevronRight size={16} aria-hidden="true" />
          </button>
          {week !== thisWeek && (
            <Button size="small" onPress={() => onWeek(thisWeek)} test="week-today">
              Today
            </Button>
          )}
        </span>
        <span class="week-key second small">
          {hosts.map((host, index) => {
            const user = sandbox.users.value.find(({ id }) => id === host);
            return (
              user && (
                <span key={host}>
                  <i class={`host-${index % 3}`} aria-hidden="true" />
                  <bdi>{visible(nameOf(user))}</bdi>
                </span>
              )
            );
          })}
          <span class="quiet">{zone}</span>
        </span>
      </header>
      <div class={weekend ? "week-grid seven" : "week-grid"} style={{ "--hours": String(till - from) }}>
        <div class="week-days">
          {days.map((one) => (
            <h3 key={one} class={one === dayStart(now.value) ? "today" : undefined}>
              <span>{dayWord(one)}</span> <b>{new Date(one).getDate()}</b>
            </h3>
          ))}
        </div>
        <div class="week-hours number quiet" aria-hidden="true">
          {Array.from({ length: till - from - 1 }, (_, index) => (
            <span key={index} style={{ top: `${((index + 1) / (till - from)) * 100}%` }}>
              {String(from + index + 1).padStart(2, "0")}:00
            </span>
          ))}
        </div>
        <div class="week-columns">
          {days.map((one) => (
            <Day
              key={one}
              start={one}
              bookings={bookings.filter(({ starting_time }) => dayStart(at(starting_time)) === one)}
              hosts={hosts}
              from={from}
              till={till}
              open={open}
              stand={stand}
              onBook={onBook}
            />
          ))}
        </div>
      </div>
    </section>
  );
}

interface DayProps {
  start: number;
  bookings: readonly Booking[];
  hosts: readonly string[];
  from: number;
  till: number;
  open: string | null;
  stand: Stand;
  onBook: (time: number) => void;
}

/** Free times are offered in steps of so many minutes. */
const STEP = 30;

function Day({ start, bookings, hosts, from, till, open, stand, onBook }: DayProps) {
  const [offered, offer] = useState<number | null>(null);
  const whole = (till - from) * 60;
  const share = (minute: number) => `${((minute - from * 60) / whole) * 100}%`;
  const placed = lanes(
    bookings.map((item) => {
      const minute = minuteOf(at(item.starting_time));
      return { item, start: minute, end: Math.min(24 * 60, minute + Math.max(30, item.duration_minutes)) };
    }),
  );
  const current = minuteOf(now.value);
  const isToday = start === dayStart(now.value);
  const over = (event: PointerEvent) => {
    if (event.pointerType !== "mouse" || (event.target as HTMLElement).closest("a")) return offer(null);
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const minute = from * 60 + Math.floor((((event.clientY - box.top) / box.height) * whole) / STEP) * STEP;
    offer(timeOf(start, minute) > now.peek() && minute < till * 60 ? minute : null);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: for who points; who types has the button above.
    <ul
      class={offered === null ? "week-day" : "week-day bookable"}
      aria-label={dayAndDate(start)}
      onPointerMove={over}
      onPointerLeave={() => offer(null)}
      onClick={() => offered !== null && onBook(timeOf(start, offered))}
    >
      {offered !== null && (
        <li
          class="week-book"
          style={{ top: share(offered), height: `${(STEP / whole) * 100}%`, left: "0", width: "100%" }}
          aria-hidden="true"
        >
          <button type="button" tabIndex={-1} data-test="book-here">
            <Plus size={12} aria-hidden="true" />
            Book {shortClock(timeOf(start, offered))}
          </button>
        </li>
      )}
      {isToday && current >= from * 60 && current < till * 60 && (
        <li class="week-now" style={{ top: share(current) }} aria-hidden="true" />
      )}
      {placed.map(({ item, start: minute, end, lane, lanes: many }) => {
        const host = Math.max(0, hosts.indexOf(idOf(item.owner))) % 3;
        const clock = shortClock(at(item.starting_time));
        const guest = visible(guestOf(item));
        return (
          <li
            key={item.id}
            style={{
              top: share(minute),
              height: `${((end - minute) / whole) * 100}%`,
              left: `${(lane / many) * 100}%`,
              width: `${100 / many}%`,
            }}
          >
            <a
              class={`block host-${host} is-${item.status}`}
              href={place(item.id, stand)}
              aria-current={item.id === open ? "true" : undefined}
              title={`${guest}, ${clock}, ${stateWord(item.status).toLowerCase()}`}
              data-test="block"
              data-id={item.id}
            >
              <b>
                <bdi>{guest}</bdi>
              </b>{" "}
              <span class="number">{clock}</span>
              <span class="readers">, {stateWord(item.status).toLowerCase()}</span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}
