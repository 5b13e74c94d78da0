// What the webhook asks for, how often each came among the newest deliveries, and what happened that it does not ask for.
import { useState } from "preact/hooks";
import { get } from "../../api/client";
import type { Event, List, Webhook } from "../../api/objects";
import { Fault } from "../../components/Button";
import { Trigger } from "../../components/Outcome";
import type { Deliveries } from "../../state/deliveries";
import { useOnce } from "../../state/follow";
import { changeWebhook } from "../../state/webhooks";
import { count, plural } from "../../words/bytes";
import { asksFor, covered, KINDS, retired, TRIGGERS } from "../../words/triggers";

/** Longer names leave no room for a bar beside them. */
const LONG = 24;

export function Triggers({ webhook, deliveries }: { webhook: Webhook; deliveries: Deliveries }) {
  const rows = deliveries.rows.value;
  const counts = tally(rows.map((row) => row.value.delivery.type));
  const most = Math.max(1, ...counts.values());
  const types = covered(webhook.events);
  const whole = KINDS.filter(({ composite }) => webhook.events.includes(composite)).map(({ composite }) => composite);
  return (
    <section class="card triggers" aria-labelledby="triggers-title" data-test="triggers">
      <header>
        <h2 id="triggers-title">Triggers</h2>
        <span class="second">
          {types.length} of {TRIGGERS.length}
          {rows.length > 0 && `, last ${plural(rows.length, "delivery", "deliveries")}`}
        </span>
      </header>
      <ul class={types.some((type) => type.length > LONG) ? "long" : undefined}>
        {types.map((type) => (
          <li key={type}>
            <Trigger type={type} />
            {rows.length > 0 && (
              <>
                <span class="trigger-bar" aria-hidden="true">
                  <i style={{ width: `${((counts.get(type) ?? 0) / most) * 100}%` }} />
                </span>
                <span class="number second">
                  <span class="readers">came </span>
                  {count(counts.get(type) ?? 0)}
                  <span class="readers"> times</span>
                </span>
              </>
            )}
          </li>
        ))}
      </ul>
      {retired(webhook.events).map(({ type, meaning }) => (
        <p key={type} class="second small" data-test="retired">
          <Trigger type={type} /> is {meaning}.
        </p>
      ))}
      {whole.length > 0 && (
        <p class="second small">It asks for all of {whole.join(" and ")}, and gets what is added later.</p>
      )}
      <Missed webhook={webhook} />
    </section>
  );
}

/** Names the trigger that happened most and was not asked for, among the newest events. */
function Missed({ webhook }: { webhook: Webhook }) {
  const events = useOnce(() => get<List<Event>>("events", { limit: 100 })).answer.value?.data ?? [];
  const [error, setError] = useState<unknown>(null);
  const counts = tally(
    events.filter(({ type, origin }) => origin !== "sample" && !asksFor(webhook.events, type)).map(({ type }) => type),
  );
  const [type, times] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
  if (!type || !times) return null;
  const add = () =>
    changeWebhook(webhook.id, { events: [...webhook.events, type] }).then(() => setError(null), setError);
  return (
    <p class="second small" data-test="missed">
      Not asked for, but among the last {count(events.length)} events:{" "}
      <span class="trigger">
        <b>{type}</b>
      </span>
      , {times === 1 ? "once" : `${count(times)} times`}.{" "}
      <button type="button" class="link" onClick={() => void add()} data-test="add-trigger">
        Add it
      </button>
      <Fault error={error} />
    </p>
  );
}

function tally(types: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}
