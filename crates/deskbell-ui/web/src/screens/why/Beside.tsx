// Beside the answer: who got the event, what the webhook got about the same subject, what is not the reason, and the command.

import { Minus } from "lucide-preact";
import { get } from "../../api/client";
import type { Delivery, Event, Why } from "../../api/objects";
import { Copy } from "../../components/Copy";
import { Outcome, Trigger } from "../../components/Outcome";
import { webhookName } from "../../state/account";
import { now } from "../../state/clock";
import { Deliveries } from "../../state/deliveries";
import { eventOf } from "../../state/delivery";
import { useOnce, useStore } from "../../state/follow";
import { to } from "../../state/route";
import { visible } from "../../words/bytes";
import { verdict } from "../../words/outcome";
import { age, at, duration, utc } from "../../words/time";
import { asCommand } from "../../words/why";

const SHOWN = 8;

export function Beside({ why }: { why: Why }) {
  const { event, webhook } = why;
  const others = useDeliveries(event ? { event } : null, (delivery) => eventOf(delivery) === event);
  const asked = useOnce(async () => (event ? get<Event>(`events/${event}`) : null), [event]);
  const subject = (why.delivery ?? asked.answer.value)?.subject ?? null;
  const same = useDeliveries(
    subject ? { subject, webhook } : null,
    (delivery) => delivery.subject === subject && delivery.webhook === webhook,
  );
  return (
    <Sections
      why={why}
      subject={subject}
      others={others.filter((delivery) => delivery.webhook !== webhook)}
      same={same.filter((delivery) => eventOf(delivery) !== event)}
    />
  );
}

interface Props {
  why: Why;
  subject: string | null;
  /** Of the same event, to other webhooks. */
  others: readonly Delivery[];
  /** To the same webhook, about the same subject. */
  same: readonly Delivery[];
}

function Sections({ why, subject, others, same }: Props) {
  const command = asCommand(why);
  return (
    <aside class="stack" aria-label="Beside the answer">
      {why.event && (
        <section class="card beside" aria-labelledby="who-title" data-test="who-got">
          <h2 id="who-title">Who else was owed this event</h2>
          {others.length === 0 && <p class="second">No other webhook.</p>}
          <ul>
            {others.slice(0, SHOWN).map((delivery) => {
              const last = delivery.attempts_made?.at(-1);
              return (
                <li key={delivery.id}>
                  <a class="beside-row" href={to(["deliveries", delivery.id])}>
                    <Outcome verdict={verdict(delivery)} />
                    <span class="cut">
                      <bdi>{visible(webhookName(delivery.webhook))}</bdi>
                    </span>
                    <span class="second number">
                      {last ? duration(last.total_us / 1000) : ""}
                      {delivery.attempts > 1 && `, try ${delivery.attempts}`}
                    </span>
                  </a>
                </li>
              );
            })}
          </ul>
        </section>
      )}
      {subject && (
        <section class="card beside" aria-labelledby="same-title" data-test="same-subject">
          <h2 id="same-title">
            What <bdi>{visible(webhookName(why.webhook))}</bdi> was sent about{" "}
            <span class="mono">{visible(subject)}</span>
          </h2>
          {same.length === 0 && <p class="second">Nothing else.</p>}
          <ul>
            {same.slice(0, SHOWN).map((delivery) => (
              <li key={delivery.id}>
                <a class="beside-row" href={to(["deliveries", delivery.id])}>
                  <Outcome verdict={verdict(delivery)} />
                  <Trigger type={delivery.type} />
                  <span class="second number" title={utc(at(delivery.creation_time))}>
                    {age(at(delivery.creation_time), now.value)}
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      {why.ruled_out.length > 0 && (
        <section class="card beside" aria-labelledby="ruled-title" data-test="ruled-out">
          <h2 id="ruled-title">Also looked at, and not the reason</h2>
          <ul class="ruled-out">
            {why.ruled_out.map((reason) => (
              <li key={reason} class="second">
                <Minus size={14} class="quiet" aria-hidden="true" />
                {reason}
              </li>
            ))}
          </ul>
        </section>
      )}
      {command && (
        <section class="card beside" aria-labelledby="same-answer">
          <h2 id="same-answer">The same answer elsewhere</h2>
          <div class="code">
            <pre class="wrap">{command}</pre>
            <Copy text={command} what="the command" />
          </div>
        </section>
      )}
    </aside>
  );
}

/** The deliveries that the query finds, live. */
function useDeliveries(
  query: Record<string, string> | null,
  fits: (delivery: Delivery) => boolean,
): readonly Delivery[] {
  const found = useStore(() => (query ? new Deliveries(query, fits) : null), [JSON.stringify(query)]);
  return found?.rows.value.map((row) => row.value.delivery) ?? [];
}
