// What was changed of the webhook, and when: the newest first, and at the end that it was made.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Webhook } from "../../api/objects";
import { Fault } from "../../components/Button";
import { now } from "../../state/clock";
import { useStore } from "../../state/follow";
import { History } from "../../state/webhooks";
import { shorten, visible } from "../../words/bytes";
import { type Told, told } from "../../words/history";
import { age, at, moment, utc } from "../../words/time";

/** Shown before somebody asks for the rest. */
const SHOWN = 3;
/** So many the server keeps of a webhook. */
const KEPT = 50;
/** A longer value is cut in its middle. */
const LONG = 160;

export function WhatChanged({ webhook }: { webhook: Webhook }) {
  const { id, name, url, events, status, disabled_reason, resting_until } = webhook;
  // Whatever changes of it has changed what is kept here.
  const state = JSON.stringify([id, name, url, events, status, disabled_reason, resting_until]);
  const history = useStore(() => new History(id), [id]);
  const seen = useRef(state);
  useEffect(() => {
    if (seen.current !== state) void history.refresh();
    seen.current = state;
  }, [history, state]);
  const [all, showAll] = useState(false);
  const revisions = history.revisions.value;
  const shown = all ? revisions : revisions?.slice(0, SHOWN);
  const more = (revisions?.length ?? 0) - (shown?.length ?? 0);
  return (
    <section class="card history" aria-labelledby="history-title" data-test="history">
      <h2 id="history-title">What changed</h2>
      <Fault error={history.error.value} />
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
        ) : (
          <>
            {revisions && revisions.length >= KEPT && (
              <li class="second small">What changed before may be missing: the last {KEPT} are kept.</li>
            )}
            <li>
              <div>Made</div>
              <When time={webhook.creation_time} />
            </li>
          </>
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
            <Value text={told.values[0]} />
          </del>
          <ins>
            <Value text={told.values[1]} />
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

const Value = ({ text }: { text: string }) => <bdi title={visible(text)}>{shorten(visible(text), LONG)}</bdi>;

function When({ time }: { time: string }) {
  return (
    <time class="number second" dateTime={time} title={`${moment(at(time))}, ${utc(at(time))}`}>
      {age(at(time), now.value)}
    </time>
  );
}
