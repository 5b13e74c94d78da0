// Beside the answer: who got the event, what the webhook got about the same subject, what is not the reason, and the command.

import { Minus } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { get } from "../../api/client";
import type { Delivery, List } from "../../api/objects";
import { Copy } from "../../components/Copy";
import { Outcome, Trigger } from "../../components/Outcome";
import { now } from "../../state/clock";
import { to } from "../../state/route";
import { webhookName } from "../../state/things";
import type { Why } from "../../state/why";
import { visible } from "../../words/bytes";
import { verdict } from "../../words/outcome";
import { age, at, duration, utc } from "../../words/time";
import { asCommand } from "../../words/why";

const SHOWN = 8;

export function Beside({ why }: { why: Why }) {
  const others = useDeliveries(why.event ? { event: why.event } : null, why).filter(
    ({ webhook }) => webhook !== why.webhook,
  );
  const [subject, setSubject] = useState<string | null>(null);
  useEffect(() => {
    setSubject(why.delivery?.subject ?? null);
    if (!why.event || why.delivery) return;
    void get<{ subject: string | null }>(`events/${why.event}`).then(
      (event) => setSubject(event.subject),
      () => undefined,
    );
  }, [why.event]);
  const same = useDeliveries(subject ? { subject, webhook: why.webhook } : null, why).filter(
    ({ event }) => event !== why.event,
  );
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

/** Deliveries, asked for again with each answer. */
function useDeliveries(query: Record<string, string> | null, why: Why): readonly Delivery[] {
  const [found, setFound] = useState<readonly Delivery[]>([]);
  const key = query ? JSON.stringify(query) : "";
  useEffect(() => {
    if (!query) return setFound([]);
    let gone = false;
    get<List<Delivery>>("deliveries", { ...query, limit: 50, expand: "attempts" }).then(
      ({ data }) => !gone && setFound(data),
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [key, why]);
  return found;
}
