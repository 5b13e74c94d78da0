// One row per event and webhook: outcome, trigger, ladder, milliseconds; below, one value of the payload and the age.
import { CircleCheck } from "lucide-preact";
import { Ladder } from "../../components/Ladder";
import { Outcome, Trigger } from "../../components/Outcome";
import { webhookName } from "../../state/account";
import { now } from "../../state/clock";
import type { Row } from "../../state/deliveries";
import { visible } from "../../words/bytes";
import { verdict } from "../../words/outcome";
import { value } from "../../words/payload";
import { age, measured, utc } from "../../words/time";
import { tookUs } from "./lines";

interface Props {
  row: Row;
  href: string;
  current: boolean;
}

export function DeliveryRow({ row, href, current }: Props) {
  const { delivery, event, created, fresh } = row;
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

/** An event of which several deliveries stand below: what happened, to whom, how many did not arrive. */
export function EventHead({ rows }: { rows: readonly Row[] }) {
  const [first] = rows;
  if (!first) return null;
  const text = value(first.event);
  const lost = rows.filter(({ delivery }) => delivery.status !== "delivered" && delivery.status !== "pending").length;
  return (
    <div class="event-head" data-test="event-head">
      <span class="row-main">
        <Trigger type={first.event.type} />
      </span>
      <span class="row-age quiet number" title={utc(first.created)}>
        {age(first.created, now.value)}
      </span>
      <span class="row-value cut">{text && <bdi>{text}</bdi>}</span>
      <span class="row-age number">
        {lost > 0 ? (
          <b class="bad">
            {lost} of {rows.length}
            <span class="readers"> did not arrive</span>
          </b>
        ) : (
          <span class="quiet">to {rows.length}</span>
        )}
      </span>
    </div>
  );
}

/** A delivery inside its event. */
export function InsideRow({ row: { delivery, created, fresh }, href, current }: Omit<Props, "row"> & { row: Row }) {
  const last = delivery.attempts_made?.at(-1);
  return (
    <a
      class={`inside-row${fresh ? " fresh" : ""}`}
      href={href}
      aria-current={current ? "true" : undefined}
      data-test="delivery"
      data-id={delivery.id}
    >
      <Outcome verdict={verdict(delivery)} />
      <span class="cut">
        <bdi>{visible(webhookName(delivery.webhook))}</bdi>
      </span>
      <span>
        <Ladder delivery={delivery} most={5} />
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
    </a>
  );
}

/** Those of an event that arrived at once, in one line. */
export function MoreRow({ rows, onUnfold }: { rows: readonly Row[]; onUnfold: () => void }) {
  const slowest = Math.max(...rows.map(tookUs));
  return (
    <button type="button" class="more-row" onClick={onUnfold} data-test="more">
      <CircleCheck size={14} class="good" aria-hidden="true" />
      <span class="cut number">
        {rows.length} more arrived within {measured(slowest / 1000)}
      </span>
    </button>
  );
}

/** Only a first try began when the delivery did; of later ones the row does not know when. */
function InFlight({ since, tries }: { since: number; tries: number }) {
  return <>{tries === 0 ? measured(Math.max(0, now.value - since)) : "now"}</>;
}
