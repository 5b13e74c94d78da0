// The sentence at the top of a detail: what happened, with its particulars, and one line of what follows from it and what comes next.
import type { Attempt, Delivery, Inbox, Webhook } from "../api/objects";
import { ordinal, plural } from "./bytes";
import { cause, clockAhead, follows, within } from "./cause";
import { inWords, nextOf } from "./next";
import type { Mark, Tone } from "./outcome";
import { at, duration, measured, spell, when } from "./time";

export interface Saying {
  mark: Mark;
  tone: Tone;
  sentence: string;
  reason: string;
}

interface Known {
  delivery: Delivery;
  attempts: readonly Attempt[];
  /** Null when it is deleted, or not known yet. */
  webhook: Webhook | null;
  /** The server said that it is deleted. */
  deleted: boolean;
  inbox: Inbox | null;
  /** The URL is known to be none of an inbox of ours. */
  foreign: boolean;
  /** What arrived is byte for byte what was signed; null when it was not seen there. */
  sameBytes: boolean | null;
  now: number;
}

/** Clocks that are further apart than this make signatures look stale, or from the future, to most checks. */
export const TOLERANCE = 300_000;

export function say(known: Known): Saying {
  const { delivery, attempts, webhook, now } = known;
  const last = attempts.at(-1);
  const who = webhook?.name ?? "The webhook";
  if (delivery.in_flight) {
    const waited = last ? "" : `, ${spell((now - at(delivery.creation_time)) / 1000)} so far`;
    return {
      mark: "sending",
      tone: "accent",
      sentence: `Sending${waited}`,
      reason: last ? `Try ${last.number + 1} is under way.` : `${who} has the first try.`,
    };
  }
  if (delivery.sample && delivery.status === "failed")
    return {
      mark: last?.outcome === "address_blocked" ? "blocked" : "over",
      tone: "bad",
      sentence: "The sample did not arrive",
      reason: seen(known, `${last ? `${cause(last)}. ` : ""}It is a test: tried once.`),
    };
  if (delivery.sample && delivery.status === "cancelled")
    return { mark: "off", tone: "quiet", sentence: "Called off", reason: "It was a sample: a test." };
  switch (delivery.status) {
    case "delivered": {
      const won = attempts.find((attempt) => attempt.outcome === "delivered") ?? last;
      const again =
        won && last && last !== won ? ` Sent again since: ${plural(last.number - won.number, "copy", "copies")}.` : "";
      const ms = won ? measured(won.timings.total_us / 1000) : "";
      const number = won?.number ?? delivery.attempts;
      const sentence =
        number <= 1
          ? `Delivered on the first try in ${ms}`
          : `Delivered on the ${ordinal(number)} try, ${since(delivery, won)} after the event`;
      return {
        mark: "delivered",
        tone: "good",
        sentence,
        reason: seen(known, `${who} answered ${won?.response?.status_code ?? "2xx"}.${again}`),
      };
    }
    case "pending":
      return pending(known, last);
    case "cancelled":
      return cancelled(known, last);
    case "quarantined": {
      const lost = attempts.length > 0 && attempts.every(({ outcome }) => outcome === "lost");
      return {
        mark: "over",
        tone: "bad",
        sentence: lost ? `Set aside after it was lost ${plural(attempts.length, "time")}` : "Set aside",
        reason: lost
          ? "The machine that sent it stopped each time. It may have arrived. Retry sends it once."
          : "It is not sent again by itself. Retry sends it once, if its bytes can be read.",
      };
    }
    default:
      if (last?.outcome === "address_blocked")
        return { mark: "blocked", tone: "bad", sentence: `Not sent: ${cause(last)}`, reason: follows(last) };
      return {
        mark: "over",
        tone: "bad",
        sentence: `Gave up after ${plural(delivery.attempts, "try", "tries")} in ${since(delivery, last)}${last ? `: ${within(cause(last))}` : ""}`,
        reason: seen(known, last ? follows(last) : ""),
      };
  }
}

/** Still owed: why it has not arrived, and when it is tried. */
function pending(known: Known, last: Attempt | undefined): Saying {
  const { delivery, webhook, now } = known;
  const { due, held } = nextOf(delivery, webhook);
  const next = inWords({ due, held }, webhook?.name ?? "the webhook", now);
  if (!last)
    return {
      mark: "due",
      tone: "quiet",
      sentence:
        due !== null && due > now ? `Will be tried in ${spell((due - now) / 1000)}` : "Waiting for its first try",
      reason: held || (due !== null && due > now) ? `Its first try is made ${next}.` : "",
    };
  return {
    mark: last.outcome === "address_blocked" ? "blocked" : "again",
    tone: "wait",
    sentence: cause(last),
    reason: seen(known, `${follows(last)} It will be tried again ${next}.${clock(last)}`.trim()),
  };
}

/** A receiver that refuses a signature may only have the wrong time. */
function clock(attempt: Attempt): string {
  const ahead = clockAhead(attempt) ?? 0;
  if (Math.abs(ahead) <= TOLERANCE) return "";
  return ` Their clock is ${spell(Math.abs(ahead) / 1000)} ${ahead > 0 ? "ahead of" : "behind"} ours: checks that allow 5 min find our signature ${ahead > 0 ? "too old" : "from the future"}.`;
}

/** Called off: the webhook was off, or is deleted. */
function cancelled({ delivery, webhook, deleted, now }: Known, last: Attempt | undefined): Saying {
  const tried = last ? `The last try: ${within(cause(last))}.` : "It was never tried.";
  if (last?.response?.status_code === 410)
    return { mark: "off", tone: "bad", sentence: "Turned off, because they answered 410", reason: follows(last) };
  const then = delivery.settled_time ? ` at ${when(at(delivery.settled_time), now)}` : "";
  const sentence = deleted
    ? `Called off${then}: the webhook was deleted`
    : !webhook
      ? `Called off${then}`
      : webhook.disabled_reason === "by_owner" && isSince(webhook, delivery)
        ? `Called off${then}: ${webhook.name} was paused`
        : `Called off${then}: ${webhook.name} was off`;
  const since = webhook?.status ? ` ${webhook.name} is on again since: retry sends it once.` : "";
  return { mark: "off", tone: "quiet", sentence, reason: `${tried}${since}` };
}

/** What the webhook is now it was when the delivery was called off. */
const isSince = ({ disabled_time }: Webhook, { settled_time }: Delivery): boolean =>
  !!disabled_time && !!settled_time && at(disabled_time) <= at(settled_time);

function since(delivery: Delivery, attempt: Attempt | undefined): string {
  if (!attempt) return "0 s";
  const ms = at(attempt.started_time) + attempt.timings.total_us / 1000 - at(delivery.creation_time);
  return ms < 60_000 ? duration(Math.max(0, ms)) : spell(ms / 1000);
}

/** Adds what is known of the other side. */
function seen({ sameBytes, foreign, webhook, attempts }: Known, reason: string): string {
  if (sameBytes === true)
    return `${reason} What arrived is byte for byte what we signed${attempts.at(-1)?.outcome === "delivered" ? "." : ", so nothing is wrong on the way."}`;
  if (sameBytes === false) return `${reason} What arrived is not what we signed: something on the way changed it.`;
  const answered = attempts.at(-1)?.response;
  return foreign && answered
    ? `${reason} ${webhook ? `${webhook.name} is` : "It is"} not an inbox of ours, so only their answer is known.`
    : reason;
}
