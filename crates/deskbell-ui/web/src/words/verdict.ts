// The sentence at the top of a detail: what happened and what happens next, and one line of reason below it.
import type { Attempt, Delivery, Inbox, Webhook } from "../api/objects";
import { plural } from "./bytes";
import { type Mark, sentence, type Tone } from "./outcome";
import { at, duration, measured, spell } from "./time";

export interface Saying {
  mark: Mark;
  tone: Tone;
  sentence: string;
  reason: string;
}

const ORDINALS = ["", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
const ordinal = (number: number): string => ORDINALS[number] ?? `${number}th`;

interface Known {
  delivery: Delivery;
  attempts: readonly Attempt[];
  webhook: Webhook | null;
  inbox: Inbox | null;
  /** What arrived is byte for byte what was signed; null when it was not seen there. */
  sameBytes: boolean | null;
  now: number;
}

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
      reason: seen(known, `${last ? `${why(last)} ` : ""}It is a test: tried once.`),
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
    case "pending": {
      if (webhook && !webhook.status && !delivery.sample) {
        return {
          mark: "paused",
          tone: "wait",
          sentence: "Paused",
          reason: `${who} is paused, so nothing is sent to it.`,
        };
      }
      const due = delivery.next_attempt_time ? at(delivery.next_attempt_time) : null;
      if (!last)
        return {
          mark: "due",
          tone: "quiet",
          sentence: due && due > now ? `Will be tried in ${spell((due - now) / 1000)}` : "Waiting for its first try",
          reason: "",
        };
      const again =
        due === null || due <= now ? "Will be tried again now" : `Will be tried again in ${spell((due - now) / 1000)}`;
      return { mark: "again", tone: "wait", sentence: again, reason: seen(known, why(last)) };
    }
    case "cancelled": {
      if (last?.response?.status_code === 410)
        return {
          mark: "off",
          tone: "bad",
          sentence: "Turned off, because they answered 410",
          reason: "410 means gone: the webhook is turned off, and nothing more is sent to it.",
        };
      return {
        mark: "off",
        tone: "quiet",
        sentence: "Not sent: the webhook was turned off or deleted",
        reason: last ? why(last) : "",
      };
    }
    case "quarantined":
      return {
        mark: "over",
        tone: "bad",
        sentence: "Set aside after it was lost three times",
        reason: "The machine that sent it stopped each time. It may have arrived. Send it again by hand.",
      };
    default: {
      if (last?.outcome === "address_blocked")
        return {
          mark: "blocked",
          tone: "bad",
          sentence: `Not sent: ${host(last.request.url)} points to an address that may not be dialled`,
          reason: "Private and reserved addresses are refused, unless delivery.allow_private is set.",
        };
      return {
        mark: "over",
        tone: "bad",
        sentence: `Gave up after ${plural(delivery.attempts, "try", "tries")} in ${since(delivery, last)}`,
        reason: seen(known, last ? why(last) : ""),
      };
    }
  }
}

const why = (attempt: Attempt): string => sentence(attempt.outcome, attempt.response?.status_code);

function since(delivery: Delivery, attempt: Attempt | undefined): string {
  if (!attempt) return "";
  const ms = at(attempt.started_time) + attempt.timings.total_us / 1000 - at(delivery.creation_time);
  return ms < 60_000 ? duration(Math.max(0, ms)) : spell(ms / 1000);
}

/** Adds what is known of the other side. */
function seen({ sameBytes, inbox, webhook, attempts }: Known, reason: string): string {
  if (sameBytes === true)
    return `${reason} What arrived is byte for byte what we signed${attempts.at(-1)?.outcome === "delivered" ? "." : ", so nothing is wrong on the way."}`;
  if (sameBytes === false) return `${reason} What arrived is not what we signed: something on the way changed it.`;
  return inbox
    ? reason
    : `${reason} ${webhook ? `${webhook.name} is` : "It is"} not an inbox of ours, so only their answer is known.`;
}

function host(url: string): string {
  try {
    return new URL(url).hostname;
  } catch {
    return "the URL";
  }
}
