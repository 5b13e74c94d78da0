// What became of the sample, where it was sent: sending, arrived, will be tried again, or over; with the phases of its last try.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Attempt, Delivery } from "../api/objects";
import { now } from "../state/clock";
import { to } from "../state/route";
import type { Sent } from "../state/sample";
import { visible } from "../words/bytes";
import { cause, follows } from "../words/cause";
import type { Mark, Tone } from "../words/outcome";
import { at, clockTime, duration, measured, spell } from "../words/time";
import { MarkIcon } from "./Outcome";
import "../styles/sample.css";

export function SampleResult({ sent }: { sent: Sent }) {
  const { mark, tone, head, reason } = said(sent, now.value);
  const { attempt } = sent;
  return (
    <div class={`sample-result ${tone}`} data-test="sample-result" data-mark={mark}>
      <span class={tone}>
        <MarkIcon mark={mark} size={20} />
      </span>
      <p role="status">
        <b>
          {mark === "sending" ? (
            <>
              Sending
              <SoFar began={sent.began} />.
            </>
          ) : (
            head
          )}
        </b>{" "}
        <span class="second">{reason}</span>
      </p>
      <span class="sample-more">
        {attempt && mark !== "sending" && <Phases attempt={attempt} />}
        {sent.id && (
          <a href={to(["deliveries", sent.id])} data-test="both-sides">
            Both sides
          </a>
        )}
      </span>
    </div>
  );
}

function said(
  { delivery, attempt, id }: Sent,
  clock: number,
): { mark: Mark; tone: Tone; head: ComponentChildren; reason: ComponentChildren } {
  if (!attempt || !delivery || delivery.in_flight)
    return {
      mark: "sending",
      tone: "accent",
      head: "",
      reason: id ? "It is signed and out. We wait for the answer." : "We make it and sign it.",
    };
  const ms = measured(attempt.timings.total_us / 1000);
  if (attempt.outcome === "delivered")
    return {
      mark: "delivered",
      tone: "good",
      head: `Delivered in ${ms}.`,
      reason: (
        <>
          {answered(attempt)}
          {" It was signed."}
        </>
      ),
    };
  const why = `${cause(attempt)}. ${follows(attempt)}`.trim();
  if (delivery.status === "pending") return { mark: "again", tone: "wait", head: again(delivery, clock), reason: why };
  if (attempt.response?.status_code === 410)
    return {
      mark: "over",
      tone: "bad",
      head: "It did not arrive.",
      reason:
        "They answered 410, which means gone: to an event, that would turn the webhook off. A sample turns nothing off.",
    };
  if (attempt.outcome === "address_blocked") return { mark: "blocked", tone: "bad", head: "Not sent.", reason: why };
  return { mark: "over", tone: "bad", head: "It did not arrive. A sample is tried once.", reason: why };
}

/** The number that counts down is for the eye; for readers it is the clock's time, said once. */
function again({ next_attempt_time: next }: Delivery, clock: number): ComponentChildren {
  const left = next ? Math.ceil((at(next) - clock) / 1000) : 0;
  if (!next || left <= 0) return "Will be tried again now.";
  return (
    <>
      Will be tried again <span aria-hidden="true">in {spell(left)}</span>
      <span class="readers">at {clockTime(at(next))}</span>.
    </>
  );
}

/** `They answered 200 with “ok”.` */
function answered({ response }: Attempt): ComponentChildren {
  if (!response) return null;
  const text = response.body_encoding === "utf8" ? response.body.trim() : "";
  const isShort = text.length > 0 && text.length <= 24 && !text.includes("\n");
  return (
    <>
      They answered {response.status_code}
      {isShort && (
        <>
          {" "}
          with “<bdi>{visible(text)}</bdi>”
        </>
      )}
      .
    </>
  );
}

const PHASES = [
  ["name", "name_us"],
  ["connect", "connect_us"],
  ["TLS", "tls_us"],
] as const;

function Phases({ attempt: { timings, response } }: { attempt: Attempt }) {
  return (
    <span class="sample-phases number quiet">
      {timings.reused_connection && <span>connection kept</span>}
      {PHASES.map(([word, key]) => {
        const us = timings[key];
        return us === null || us === undefined ? null : (
          <span key={key}>
            {word} {duration(us / 1000)}
          </span>
        );
      })}
      {response && timings.head_us != null && <b>answer {duration(timings.head_us / 1000)}</b>}
    </span>
  );
}

/** Counts in tenths, only while something is in flight. */
function SoFar({ began }: { began: number }) {
  const [, draw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => draw((count) => count + 1), 100);
    return () => clearInterval(timer);
  }, []);
  const ms = Date.now() - began;
  return ms < 300 ? null : (
    <span class="number" aria-hidden="true">
      , {(ms / 1000).toFixed(1)} s so far
    </span>
  );
}
