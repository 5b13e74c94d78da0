// The difference between this request's body and another's: line by line of the same pretty JSON.

import type { ChangeObject } from "diff";
import { useState } from "preact/hooks";
import { get } from "../../api/client";
import type { Event } from "../../api/objects";
import { Fault } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { webhookName } from "../../state/account";
import type { Row } from "../../state/deliveries";
import { eventOf } from "../../state/delivery";
import { useOnce } from "../../state/follow";
import { visible } from "../../words/bytes";
import { pretty } from "../../words/json";
import { value } from "../../words/payload";
import { moment } from "../../words/time";
import { payloadOf } from "./Sent";

interface Props {
  event: Event;
  /** Older deliveries that can be compared with, newest first. */
  others: readonly Row[];
  onClose: () => void;
}

export function DiffDialog({ event, others, onClose }: Props) {
  const [chosen, choose] = useState(others[0] ? eventOf(others[0].delivery) : "");
  const compared = useOnce(async () => {
    if (!chosen) return null;
    // Its own file: most readers never need it.
    const [{ diffLines }, other] = await Promise.all([import("diff"), get<Event>(`events/${chosen}`)]);
    return diffLines(`${pretty(payloadOf(other))}\n`, `${pretty(payloadOf(event))}\n`);
  }, [chosen]);
  const parts = compared.answer.value;
  const error = compared.error.value;
  return (
    <Dialog title="Compare two requests" wide onClose={onClose}>
      {others.length === 0 ? (
        <p class="second">No other delivery of {event.type} is loaded. Scroll down the list to load more.</p>
      ) : (
        <div class="stack">
          <label class="field">
            <span>Compare {event.id} with</span>
            <select
              class="input"
              value={chosen}
              onChange={(change) => choose(change.currentTarget.value)}
              data-test="diff-other"
            >
              {others.map((row) => (
                <option
                  key={row.delivery.id}
                  value={eventOf(row.delivery)}
                >{`${moment(row.created)}, ${value(row.event)}, to ${webhookName(row.delivery.webhook)}`}</option>
              ))}
            </select>
          </label>
          <Fault error={error} />
          {!parts && !error && (
            <p class="quiet" role="status">
              Loading the other body
            </p>
          )}
          {parts &&
            (parts.length === 1 && !parts[0]?.added && !parts[0]?.removed ? (
              <p>The two bodies are the same.</p>
            ) : (
              <Parts parts={parts} />
            ))}
        </div>
      )}
    </Dialog>
  );
}

function Parts({ parts }: { parts: readonly ChangeObject<string>[] }) {
  return (
    <pre class="diff" tabIndex={0} data-test="diff">
      {parts.map((part, index) => {
        const sign = part.added ? "+" : part.removed ? "-" : " ";
        const lines = part.value.replace(/\n$/, "").split("\n");
        const shown =
          sign === " " && lines.length > 7
            ? [...lines.slice(0, 3), `… ${lines.length - 6} lines that are the same`, ...lines.slice(-3)]
            : lines;
        return (
          <span key={index} class={part.added ? "added" : part.removed ? "removed" : "same"}>
            {shown.map((line) => `${sign} ${visible(line)}\n`).join("")}
          </span>
        );
      })}
    </pre>
  );
}
