// The search as tokens: `key:value`, a leading minus to exclude, quotes around spaces; free words search the payload. The server
// judges it; here it is only taken apart, put together, and completed from what is loaded.

import { webhookName } from "../../state/account";
import type { Row } from "../../state/deliveries";

/** The keys that the server knows, with what they mean. */
export const KEYS: Record<string, string> = {
  type: "trigger, like booking.scheduled",
  status: "pending, delivered, failed, cancelled, quarantined, or a code like 410",
  outcome: "how the last try ended, like connect_refused",
  attempt: "attempts made, like >1",
  webhook: "id or name",
  event: "id of the event",
  subject: "id of the booking or conversation",
  after: "a day, like 2026-05-06, or a time with its zone, like 2026-05-06T13:00:00Z",
  before: "the same",
  "header.": "a header of the answer or the request",
  "body.": "a value of the payload, by its path",
};

/** Places of a payload, and headers of an answer, that people look for. */
const PATHS = [
  "data.form_submission.name",
  "data.form_submission.email",
  "data.status",
  "data.subject",
  "data.owner",
  "data.booking_calendar",
  "data.starting_time",
  "data.customer_timezone",
];
const HEADERS = ["content-type", "server", "retry-after", "x-request-id"];

export interface Token {
  text: string;
  not: boolean;
  key: string | null;
  value: string;
}

/** Takes a search apart; quotes hold spaces together, and a backslash in them keeps a quote from closing. */
export function tokens(search: string): Token[] {
  return (search.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g) ?? []).map(token);
}

export function token(text: string): Token {
  const not = text.startsWith("-") && text.length > 1;
  const rest = not ? text.slice(1) : text;
  const colon = rest.indexOf(":");
  const key = colon > 0 ? rest.slice(0, colon) : null;
  return { text, not, key, value: key === null ? rest : rest.slice(colon + 1) };
}

/** The token for a value that was clicked. */
export function tokenOf(key: string, value: string): string {
  return `${key}:${/[\s"]/.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : value}`;
}

/** The search with one token more; a token that stands there already is not added twice. */
export function withToken(search: string, added: string): string {
  const all = tokens(search).map((one) => one.text);
  return (all.includes(added) ? all : [...all, added]).join(" ");
}

export const withoutToken = (search: string, index: number): string =>
  tokens(search)
    .filter((_, at) => at !== index)
    .map((one) => one.text)
    .join(" ");

export interface Suggestion {
  text: string;
  /** How many of the loaded rows have it; null for a key without a value. */
  count: number | null;
  hint?: string;
}

/** What the words could become: values of the rows that are loaded, with their counts; then keys. */
export function suggest(typed: string, rows: readonly Row[], most = 8): Suggestion[] {
  const { not, key, value } = token(typed.trim());
  const sign = not ? "-" : "";
  if (key === null) {
    const keys = Object.entries(KEYS)
      .filter(([name]) => name.startsWith(value.toLowerCase()))
      .map(([name, hint]) => ({ text: `${sign}${name.endsWith(".") ? name : `${name}:`}`, count: null, hint }));
    const paths = value.startsWith("body.")
      ? PATHS.map((path) => `body.${path}`)
      : value.startsWith("header.")
        ? HEADERS.map((name) => `header.${name}`)
        : [];
    const places = paths
      .filter((path) => path.startsWith(value.toLowerCase()))
      .map((path) => ({ text: `${sign}${path}:`, count: null, hint: "" }));
    if (places.length > 0) return places.slice(0, most);
    if (value.length < 2) return keys.slice(0, most + 4);
    const needle = value.toLowerCase();
    const values = ["type", "webhook", "outcome"].flatMap((name) =>
      counted(name, rows, (text) => text.toLowerCase().includes(needle), sign),
    );
    return [...keys, ...values].slice(0, most);
  }
  const needle = value.replaceAll('"', "").toLowerCase();
  return counted(key, rows, (text) => text.toLowerCase().includes(needle), sign).slice(0, most);
}

function counted(key: string, rows: readonly Row[], fits: (value: string) => boolean, sign: string): Suggestion[] {
  const counts = new Map<string, number>();
  for (const row of rows)
    for (const value of valuesOf(key, row)) if (fits(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([value, count]) => ({ text: sign + tokenOf(key, value), count }));
}

function valuesOf(key: string, { delivery, event }: Row): string[] {
  switch (key) {
    case "type":
      return [delivery.type];
    case "status":
      return [delivery.status, ...(delivery.last_status_code ? [String(delivery.last_status_code)] : [])];
    case "outcome":
      return delivery.last_outcome ? [delivery.last_outcome] : [];
    case "attempt":
      return [String(delivery.attempts)];
    case "webhook":
      return [webhookName(delivery.webhook)];
    case "subject":
      return delivery.subject ? [delivery.subject] : [];
    case "event":
      return [typeof delivery.event === "string" ? delivery.event : delivery.event.id];
    default:
      return key === "body.data.form_submission.name" && event.excerpt?.guest ? [event.excerpt.guest] : [];
  }
}
