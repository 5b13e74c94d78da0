// The newest deliveries to the webhook, live; or those of the quarter of an hour that was chosen in the chart.

import type { Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Fault } from "../../components/Button";
import { Ladder } from "../../components/Ladder";
import { Outcome, Trigger } from "../../components/Outcome";
import { now } from "../../state/clock";
import { Deliveries, type Row } from "../../state/deliveries";
import { useStore } from "../../state/follow";
import { to } from "../../state/route";
import { QUARTER, type Quarter } from "../../words/health";
import { verdict } from "../../words/outcome";
import { value } from "../../words/payload";
import { age, measured, shortClock, utc } from "../../words/time";

const SHOWN = 5;
/** Of a quarter of an hour more is shown: the reader asked for it. */
const SHOWN_OF_QUARTER = 12;

interface Props {
  webhook: string;
  newest: Deliveries;
  quarter: Quarter | null;
  onNewest: () => void;
}

export function RecentDeliveries({ webhook, newest, quarter, onNewest }: Props) {
  const ofQuarter = useStore(
    // A quarter of an hour that is over: nothing new belongs to it.
    () => (quarter ? new Deliveries({ webhook, ...bounds(quarter) }, () => false) : null),
    [webhook, quarter?.time],
  );
  const list = ofQuarter ?? newest;
  const rows = list.rows.value.slice(0, ofQuarter ? SHOWN_OF_QUARTER : SHOWN);
  // It may stand behind more than one page looks at.
  const isFurther = ofQuarter !== null && rows.length < SHOWN_OF_QUARTER && list.more.value && !list.error.value;
  const { loading } = list;
  useEffect(() => {
    if (isFurther && !loading.value) void list.load();
  }, [list, isFurther, loading.value]);
  const search = quarter
    ? `webhook:${webhook} after:${bounds(quarter)["creation_time.gt"]} before:${bounds(quarter)["creation_time.lt"]}`
    : `webhook:${webhook}`;
  const title = quarter
    ? `Made from ${shortClock(Date.parse(quarter.time))} to ${shortClock(Date.parse(quarter.time) + QUARTER)}`
    : "Recent deliveries";
  return (
    <section class="card recent" aria-label="Recent deliveries" data-test="recent">
      <header>
        <h2>{title}</h2>
        <span class="recent-links">
          {quarter && (
            <button type="button" class="link" onClick={onNewest} data-test="newest">
              Show the newest
            </button>
          )}
          {rows.length > 0 && (
            <a href={to(["deliveries"], { q: search })} data-test="all-deliveries">
              All
            </a>
          )}
        </span>
      </header>
      <Fault error={list.error.value}>
        <button type="button" class="link" onClick={() => void list.load()}>
          Try again
        </button>
      </Fault>
      {rows.length === 0 && !list.error.value ? (
        <p class="recent-none second">
          {list.loading.value || isFurther
            ? "Loading the deliveries"
            : quarter
              ? "None was made in this quarter of an hour."
              : "None yet. Send a sample, or make a booking."}
        </p>
      ) : (
        <ul>
          {rows.map((row) => (
            <li key={row.peek().delivery.id}>
              <RecentRow row={row} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const bounds = ({ time }: Quarter) => ({
  "creation_time.gt": new Date(Date.parse(time) - 1).toISOString(),
  "creation_time.lt": new Date(Date.parse(time) + QUARTER).toISOString(),
});

function RecentRow({ row }: { row: Signal<Row> }) {
  const { delivery, event, created, fresh } = row.value;
  const last = delivery.attempts_made?.at(-1);
  const ms =
    delivery.in_flight && delivery.attempts === 0
      ? Math.max(0, now.value - created)
      : last
        ? last.total_us / 1000
        : null;
  return (
    <a
      class={`recent-row${fresh ? " fresh" : ""}`}
      href={to(["deliveries", delivery.id])}
      data-test="recent-delivery"
      data-id={delivery.id}
    >
      <Outcome verdict={verdict(delivery)} />
      <Trigger type={event.type} />
      <span class="recent-value cut">
        <bdi>{value(event)}</bdi>
      </span>
      <span class="recent-ladder">
        <Ladder delivery={delivery} most={6} />
      </span>
      <span class="recent-ms number second">{ms === null ? "" : measured(ms)}</span>
      <span class="recent-age number second" title={utc(created)}>
        {age(created, now.value)}
      </span>
    </a>
  );
}
