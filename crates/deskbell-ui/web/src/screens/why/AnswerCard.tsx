// The answer: a sentence, what follows from it, and the way of the event step by step.

import { Check, CircleCheck, CircleDashed, CircleX, type LucideIcon, Plus, RotateCw, X } from "lucide-preact";
import { useState } from "preact/hooks";
import { post } from "../../api/client";
import type { Why, WhyStep } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { MarkIcon } from "../../components/Outcome";
import { isDeleted, webhook as known } from "../../state/account";
import { noRetry } from "../../state/again";
import { now } from "../../state/clock";
import { to } from "../../state/route";
import { changeWebhook } from "../../state/webhooks";
import type { Question } from "../../state/why";
import { visible } from "../../words/bytes";
import { value } from "../../words/payload";
import { at, exactClock, local, moment, utc, zone } from "../../words/time";
import { asText, markOf } from "../../words/why";

interface Props {
  why: Why;
  onQuestion: (question: Question) => void;
  onAgain: () => void;
}

export function AnswerCard({ why, onQuestion, onAgain }: Props) {
  const { mark, tone } = markOf(why.verdict);
  const isElsewhere = new Date().getTimezoneOffset() !== 0;
  return (
    <article class="card answer" data-test="answer" data-verdict={why.verdict}>
      <div class="answer-head">
        <span class={tone}>
          <MarkIcon mark={mark} size={22} />
        </span>
        <div>
          <h2 class="foreign" data-test="sentence">
            {visible(local(why.sentence, now.value))}
          </h2>
          {why.reason && <p class="second foreign">{visible(local(why.reason, now.value))}</p>}
          <Follows why={why} onQuestion={onQuestion} onAgain={onAgain} />
        </div>
      </div>
      <ol class="way">
        {why.steps.map((step) => (
          <WayStep key={step.name} step={step} why={why} />
        ))}
      </ol>
      {isElsewhere && (
        <p class="quiet small answer-zone">
          Times are in {zone}. What is copied says UTC, so that it reads the same wherever it is pasted.
        </p>
      )}
    </article>
  );
}

/** What can be done about it. */
function Follows({ why, onQuestion, onAgain }: Props) {
  const [error, setError] = useState<unknown>(null);
  const webhook = known(why.webhook);
  const { delivery, nearest, verdict } = why;
  const missing = nearest?.compared.find(({ what, fits }) => what === "trigger" && !fits)?.event;
  const run = (work: Promise<unknown>) =>
    work.then(() => {
      setError(null);
      onAgain();
    }, setError);
  const isSample = !!delivery?.sample;
  const off = noRetry(isSample, webhook, isDeleted(why.webhook));
  // The answer tells what it was like at the time of the event, the webhook what it is like now.
  const isDown = !!webhook && !webhook.status && !isSample;
  return (
    <>
      <div class="actions">
        {webhook && missing && (
          <Button
            kind="main"
            icon={Plus}
            busy="Adding"
            onPress={() => run(changeWebhook(webhook.id, { events: [...webhook.events, missing] }))}
            test="add-trigger"
          >
            Add {missing}
          </Button>
        )}
        {delivery &&
          (verdict === "delivered" ? (
            <Button
              icon={RotateCw}
              busy="Sending"
              off={off}
              onPress={() => run(post(`deliveries/${delivery.id}/retry`))}
              test="retry"
            >
              Send it again
            </Button>
          ) : (
            <Button
              kind={isDown ? "quiet" : "main"}
              icon={RotateCw}
              busy="Sending"
              off={off}
              onPress={() => run(post(`deliveries/${delivery.id}/retry`))}
              test="retry"
            >
              Retry now
            </Button>
          ))}
        {delivery && (
          <a class="button" href={to(["deliveries", delivery.id])} data-test="open-delivery">
            Open the delivery
          </a>
        )}
        {nearest?.event && (
          <Button
            onPress={() => nearest.event && onQuestion({ webhook: why.webhook, event: nearest.event.id })}
            test="ask-nearest"
          >
            Ask about the nearest: {nearest.event.type}
            {value(nearest.event) && (
              <>
                , <bdi>{value(nearest.event)}</bdi>
              </>
            )}
          </Button>
        )}
        {webhook && (missing || isDown || verdict === "blocked") && (
          <a class="button" href={to(["webhooks", webhook.id])} data-test="open-webhook">
            {missing ? "See its triggers" : isDown ? `Turn on ${visible(webhook.name)}` : "Edit its URL"}
          </a>
        )}
        <Copy text={() => asText(why)} what="the answer" label="Copy the answer" kind="ghost" />
      </div>
      {missing && <p class="quiet small">What is added holds for events from now on; this one stays unsent.</p>}
      <Fault error={error} />
    </>
  );
}

/** The server's times in the reader's zone. */
const clocks = (text: string): string => visible(local(text, now.value));

const ICONS: Record<string, readonly [LucideIcon, string, string]> = {
  done: [CircleCheck, "good", "done"],
  stopped: [CircleX, "bad", "it ended here"],
};
const NOT_REACHED = [CircleDashed, "quiet", "not reached"] as const;

function WayStep({ step, why }: { step: WhyStep; why: Why }) {
  const [Icon, tone, words] = ICONS[step.state] ?? NOT_REACHED;
  const time = step.time ? at(step.time) : null;
  const compared = step.name === "Match" ? (why.nearest?.compared ?? []) : [];
  return (
    <li class={`way-step ${step.state}`} data-test="step" data-state={step.state}>
      <Icon size={20} class={tone} aria-hidden="true" />
      <b>
        {step.name}
        <span class="readers">, {words}:</span>
      </b>
      <span class="foreign">{visible(local(step.sentence, now.value))}</span>
      <span class="way-time quiet number" title={time === null ? undefined : `${moment(time)}, ${utc(time)}`}>
        {time === null ? "" : exactClock(time)}
      </span>
      {compared.length > 0 && (
        <div class="way-more" tabIndex={0} role="group" aria-label="The comparison">
          <table class="compared">
            <thead>
              <tr>
                <th scope="col">compared</th>
                <th scope="col">this event</th>
                <th scope="col">the webhook</th>
                <th scope="col">
                  <span class="readers">verdict</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {compared.map((row) => (
                <tr key={row.what} class={row.fits ? undefined : "differs"}>
                  <th scope="row">{row.what}</th>
                  <td class="foreign">{row.fits ? clocks(row.event) : <b>{clocks(row.event)}</b>}</td>
                  <td class="foreign">{clocks(row.webhook)}</td>
                  <td>
                    {row.fits ? (
                      <span class="outcome good">
                        <Check size={14} aria-hidden="true" />
                        fits
                      </span>
                    ) : (
                      <span class="outcome bad">
                        <X size={14} aria-hidden="true" />
                        differs
                      </span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {why.nearest?.trigger && <p class="second small">The nearest that it asks for is {why.nearest.trigger}.</p>}
        </div>
      )}
    </li>
  );
}
