// What rang: each event with its deliveries, growing as they happen; below them, dashed, what an action would ring.
import type { ComponentChildren } from "preact";
import { Fault } from "../../components/Button";
import { Ladder } from "../../components/Ladder";
import { Outcome, Trigger } from "../../components/Outcome";
import { webhookName, webhooks } from "../../state/account";
import { now } from "../../state/clock";
import type { Row } from "../../state/deliveries";
import type { Rang, Ringing } from "../../state/rang";
import { to } from "../../state/route";
import { listed } from "../../words/booking";
import { visible } from "../../words/bytes";
import { verdict } from "../../words/outcome";
import { at, clockTime, day, duration, moment, spell } from "../../words/time";
import { askers } from "../../words/triggers";

export function WhatRang({ rang, children }: { rang: Rang; children?: ComponentChildren }) {
  const list = rang.list.value;
  return (
    <section class="rang" aria-label="What rang" data-test="what-rang">
      <Fault error={rang.error.value} />
      {list.length === 0 && !rang.error.value && (
        <p class="rang-none quiet">{rang.loading.value ? "Looking for what rang" : "Nothing has rung yet."}</p>
      )}
      <ol>
        {list.map((ringing) => (
          <Rung key={ringing.event.id} {...ringing} />
        ))}
      </ol>
      {children}
    </section>
  );
}

function Rung({ event, rows }: Ringing) {
  const time = at(event.creation_time);
  const isToday = day(time) === day(now.value);
  return (
    <li class="rung-row" data-test="rung" data-type={event.type}>
      <span class="number quiet" title={moment(time)}>
        {isToday ? clockTime(time) : moment(time)}
      </span>
      <Trigger type={event.type} />
      {rows.length > 0 ? (
        <ul>
          {rows.map((row) => (
            <Delivered key={row.value.delivery.id} row={row.value} />
          ))}
        </ul>
      ) : (
        <p class="quiet">No webhook that was on asked for it.</p>
      )}
    </li>
  );
}

function Delivered({ row: { delivery } }: { row: Row }) {
  const last = delivery.attempts_made?.at(-1);
  const due =
    delivery.status === "pending" && !delivery.in_flight && delivery.next_attempt_time
      ? at(delivery.next_attempt_time)
      : null;
  const left = due === null ? 0 : Math.ceil((due - now.value) / 1000);
  return (
    <li>
      <a class="rung-delivery" href={to(["deliveries", delivery.id])} data-test="rung-delivery">
        <Outcome verdict={verdict(delivery)} />
        <span class="cut">
          <bdi>{visible(webhookName(delivery.webhook))}</bdi>
        </span>
        <Ladder delivery={delivery} />
        {due !== null ? (
          <span class="rung-end wait number">
            {last ? "again " : ""}
            {left > 0 ? `in ${spell(left)}` : "now"}
          </span>
        ) : (
          <span class="rung-end second number">
            {delivery.in_flight ? "now" : last ? duration(last.total_us / 1000) : ""}
          </span>
        )}
      </a>
    </li>
  );
}

/** What an action would ring. */
export function Hint({ word, types }: { word: string; types: readonly string[] }) {
  return (
    <div class="rang-hint" role="status" data-test="hint">
      <span class="accent">{word}</span>
      {types.length === 0 ? (
        <span class="second hint-whole">would ring nothing yet: the calendar waits for approval, and that rings</span>
      ) : (
        <ul>
          {types.map((type) => {
            const asking = askers(webhooks.value, type).map(({ name }) => visible(name));
            return (
              <li key={type}>
                <Trigger type={type} />
                <span class="second">
                  {asking.length ? (
                    <>
                      would ring <bdi>{listed(asking)}</bdi>
                    </>
                  ) : (
                    "would ring nobody: no webhook that is on asks for it"
                  )}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
