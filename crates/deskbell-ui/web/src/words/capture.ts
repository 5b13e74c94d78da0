// A captured request in words: what it is, and whether its signature is right.
import type { Capture } from "../api/objects";
import { bytesOf, textOf } from "./body";
import { apart, bytes, count, visible } from "./bytes";
import { charsetOf, contentOf, imageType, isText } from "./media";
import type { Tone } from "./outcome";
import { at, moment } from "./time";

/** The trigger that the body names, when it is an event of ours. */
export const triggerOf = (capture: Capture): string | null =>
  capture.delivery_of ? (/"type":\s*"([a-z]+\.[a-z_]+)"/.exec(textOf(capture))?.[1] ?? null) : null;

/** The text of its body, by the charset that it names. */
export const bodyText = (capture: Capture): string => textOf(capture, charsetOf(capture.headers));

export interface Signed {
  tone: Tone;
  word: string;
  sentence: string;
}

export function signed(capture: Capture): Signed {
  const of = capture.delivery_of;
  if (!of) return foreign(capture);
  if (of.signature === "valid" && of.same_bytes)
    return { tone: "good", word: "verified", sentence: "Verified. What arrived is byte for byte what we signed." };
  switch (of.signature) {
    case "valid":
      return {
        tone: "bad",
        word: "other bytes",
        sentence: "The signature matches, though the bytes are not the ones we sent.",
      };
    case "missing":
      return { tone: "wait", word: "unsigned", sentence: "It names a delivery of ours and carries no signature." };
    case "unknown":
      return { tone: "quiet", word: "secret is gone", sentence: "The webhook is deleted, and its secret with it." };
    case "malformed":
      return { tone: "bad", word: "malformed", sentence: "Its signature has another form than ours." };
    default:
      return {
        tone: "bad",
        word: "does not verify",
        sentence: "Does not verify: another secret, another time, or other bytes.",
      };
  }
}

/** Headers by which senders sign; the first two are ours. */
const SIGNED_BY = [
  "oncehub-signature",
  "webhook-signature",
  "stripe-signature",
  "x-hub-signature-256",
  "x-shopify-hmac-sha256",
  "x-slack-signature",
  "x-twilio-signature",
];

/** What is no delivery of ours, by the secret that the inbox was given. */
function foreign({ signature, headers }: Capture): Signed {
  switch (signature) {
    case undefined:
    case null: {
      const signed = headers.find(({ name }) => SIGNED_BY.includes(name.toLowerCase()));
      return signed
        ? {
            tone: "quiet",
            word: "not checked",
            sentence: `Not one of our deliveries. Its ${visible(signed.name)} is not checked: this inbox was given no secret.`,
          }
        : { tone: "quiet", word: "", sentence: "Not one of our deliveries." };
    }
    case "valid":
      return { tone: "good", word: "verified", sentence: "Verified with the secret that this inbox was given." };
    case "missing":
      return {
        tone: "wait",
        word: "unsigned",
        sentence: "It carries no signature to verify with this inbox's secret.",
      };
    case "malformed":
      return { tone: "bad", word: "malformed", sentence: "Its signature cannot be read." };
    default:
      return {
        tone: "bad",
        word: "does not verify",
        sentence: "Does not verify with the secret that this inbox was given.",
      };
  }
}

interface Payload {
  data?: {
    starting_time?: unknown;
    form_submission?: { name?: unknown };
    contact?: { first_name?: unknown; last_name?: unknown } | string | null;
    answers?: unknown[];
  };
}

/** One line about the body. */
export function gist(capture: Capture): string {
  const text = bodyText(capture);
  if (!text) return "no body";
  if (capture.delivery_of) {
    try {
      const { data } = JSON.parse(text) as Payload;
      const contact =
        typeof data?.contact === "object" && data.contact
          ? [data.contact.first_name, data.contact.last_name]
              .filter((part) => typeof part === "string" && part)
              .join(" ")
          : null;
      const guest = data?.form_submission?.name ?? contact;
      const start =
        typeof data?.starting_time === "string" && at(data.starting_time) ? moment(at(data.starting_time)) : null;
      const words = [guest, start].filter((word): word is string => typeof word === "string" && word !== "");
      if (words.length > 0) return words.map(apart).join(", ");
    } catch {
      // Something on the way broke the JSON: its first letters say more.
    }
  }
  return told(capture) ?? visible(text.slice(0, 80));
}

/** Of a body whose first letters tell nothing, what it is; null for text. */
function told(capture: Capture): string | null {
  const content = contentOf(capture.headers);
  const size = bytes(capture.body_bytes);
  if (content.encoding) return `${visible(content.encoding)}, ${size}`;
  if (content.type.startsWith("multipart/")) return `${visible(content.type)}, ${size}`;
  if (capture.body_encoding !== "base64") return null;
  const raw = bytesOf(capture);
  const picture = imageType(raw);
  if (picture) return `${picture}, ${size}`;
  return isText(raw, content.parameters.get("charset")) ? null : `${size} that are no text`;
}

/** Characters of a note (`NOTE_CHARS`). */
export const NOTE = 500;

/** What is wrong with a note that is too long, counted as the server counts. */
export function noteTooLong(text: string): string | null {
  const many = [...text.trim()].length;
  return many > NOTE ? `It has ${count(many)} characters; a note has at most ${count(NOTE)}.` : null;
}

/** Whether the letters stand anywhere in the request: its method, its path, its headers, its body, the note beside it. */
export function matches(capture: Capture, letters: string): boolean {
  const needle = letters.trim().toLowerCase();
  const { method, path, headers, note } = capture;
  const texts = [
    note ?? "",
    method,
    path,
    ...headers.flatMap(({ name, value }) => [`${name}: ${value}`]),
    bodyText(capture),
  ];
  return texts.some((text) => text.toLowerCase().includes(needle));
}
