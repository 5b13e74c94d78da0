// One row per event and webhook: outcome, trigger, ladder, milliseconds; below, one value of the payload and the age.
import type { Signal } from "@preact/signals";
import { Ladder } from "../../components/Ladder";
import { Outcome, Trigger } from "../../components/Outcome";
import { webhookName } from "../../state/account";
import { now } from "../../state/clock";
import type { Row } from "../../state/deliveries";
import { verdict } from "../../words/outcome";
import { value } from "../../words/payload";
import { age, measured, utc } from "../../words/time";

interface Props {
  row: Signal<Row>;
  href: string;
  current: boolean;
}

export function DeliveryRow({ row, href, current }: Props) {
  const { delivery, event, created, fresh } = row.value;
  const last = delivery.attempts_made?.at(-1);
  const text = value(event);
  return (
    <a
      class={`row${fresh ? " fresh" : ""}`}
      href={href}
      aria-current={current ? "true" : undefined}
      data-test="delivery"
      data-id={delivery.id}
    >
      <Outcome verdict={verdict(delivery)} />
      <span class="row-main">
        <Trigger type={event.type} />
        {delivery.sample && <span class="tag">sample</span>}
        <Ladder delivery={delivery} />
      </span>
      <span class={`row-ms number${delivery.in_flight ? " accent" : ""}`}>
        {delivery.in_flight ? (
          <InFlight since={created} tries={delivery.attempts} />
        ) : last ? (
          measured(last.total_us / 1000)
        ) : (
          ""
        )}
      </span>
      <span class="row-value cut">
        {text && <bdi>{text}</bdi>}
        <span class="quiet row-webhook">
          {text ? ", " : ""}to {webhookName(delivery.webhook)}
        </span>
      </span>
      <span class="row-age quiet number" title={utc(created)}>
        {age(created, now.value)}
      </span>
    </a>
  );
}

/** Only a first try began when the delivery did; of later ones the row does not know when. */
function InFlight({ since, tries }: { since: number; tries: number }) {
  return <>{tries === 0 ? measured(Math.max(0, now.value - since)) : "now"}</>;
}
