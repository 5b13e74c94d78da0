// What was changed of the webhook, and when: the newest first, and at the end that it was made.
import { useState } from "preact/hooks";
import { get } from "../../api/client";
import type { List, Revision, Webhook } from "../../api/objects";
import { Fault } from "../../components/Button";
import { now } from "../../state/clock";
import { useOnce } from "../../state/follow";
import { visible } from "../../words/bytes";
import { type Told, told } from "../../words/history";
import { age, at, moment, utc } from "../../words/time";

/** Shown before somebody asks for the rest. */
const SHOWN = 3;
/** So many the server keeps of a webhook. */
const KEPT = 50;

export function WhatChanged({ webhook }: { webhook: Webhook }) {
  const { id, name, url, events, status, disabled_reason, resting_until } = webhook;
  // Whatever changes of it has changed what is kept here.
  const state = JSON.stringify([id, name, url, events, status, disabled_reason, resting_until]);
  const found = useOnce(() => get<List<Revision>>(`webhooks/${id}/history`), [state]);
  const [all, showAll] = useState(false);
  const revisions = found.answer.value?.data;
  const shown = all ? revisions : revisions?.slice(0, SHOWN);
  const more = (revisions?.length ?? 0) - (shown?.length ?? 0);
  return (
    <section class="card history" aria-labelledby="history-title" data-test="history">
      <h2 id="history-title">What changed</h2>
      <Fault error={found.error.value} />
      <ol>
        {shown?.map((revision, index) => (
          <li key={(revisions?.length ?? 0) - index} data-test="revision">
            <div>
              {revision.changes.map((change) => (
                <Changed key={change.field} told={told(change)} />
              ))}
            </div>
            <When time={revision.time} />
          </li>
        ))}
        {more > 0 ? (
          <li>
            <button type="button" class="link" onClick={() => showAll(true)} data-test="all-revisions">
              {more === 1 ? "One more" : `${more} more`}
            </button>
          </li>
        ) : revisions && revisions.length >= KEPT ? (
          <li class="second small">Only the last {KEPT} are kept.</li>
        ) : (
          <li>
            <div>Made</div>
            <When time={webhook.creation_time} />
          </li>
        )}
      </ol>
    </section>
  );
}

function Changed({ told }: { told: Told }) {
  return (
    <p>
      {told.what}
      {told.values && (
        <span class={`history-values second${told.isAddress ? " mono" : ""}`}>
          <del>
            <bdi>{visible(told.values[0])}</bdi>
          </del>
          <ins>
            <bdi>{visible(told.values[1])}</bdi>
          </ins>
        </span>
      )}
      {!!(told.added?.length || told.removed?.length) && (
        <span class="history-values second">
          {told.removed?.map((name) => (
            <del key={name}>{name}</del>
          ))}
          {told.added?.map((name) => (
            <ins key={name}>{name}</ins>
          ))}
        </span>
      )}
    </p>
  );
}

function When({ time }: { time: string }) {
  return (
    <time class="number second" dateTime={time} title={`${moment(at(time))}, ${utc(at(time))}`}>
      {age(at(time), now.value)}
    </time>
  );
}
