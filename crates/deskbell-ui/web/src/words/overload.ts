// What made a webhook rest: its last answers that say "too much", or that never came in time.
import type { Attempt } from "../api/objects";
import { count } from "./bytes";
import { word } from "./outcome";
import { at, when } from "./time";

/** As the circuit breaker judges (`docs/concepts.md`). */
const OVERLOADED = [429, 502, 503, 504];
/** They were too slow themselves: a name that is looked up slowly is none of it. */
const TIMEOUTS = ["connect_timeout", "tls_timeout", "write_timeout", "head_timeout", "total_timeout"];

/** Whether it says that it is overloaded, or was too slow. */
export const isOverload = (attempt: Attempt): boolean =>
  !attempt.sample && (OVERLOADED.includes(attempt.response?.status_code ?? 0) || TIMEOUTS.includes(attempt.outcome));

const NUMBERS = ["", "once", "twice"];
const times = (number: number): string => NUMBERS[number] ?? `${count(number)} times`;

/**
 * `it answered 503 five times, the last at 18:43:37`; null when none of them says it.
 *
 * @param attempts of the webhook, the newest first: a few of them.
 */
export function overloads(attempts: readonly Attempt[], now: number): string | null {
  const [first, ...others] = attempts.filter(isOverload);
  if (!first) return null;
  const said = (attempt: Attempt) => word(attempt.outcome, attempt.response?.status_code);
  const counts = new Map<string, number>();
  for (const one of [first, ...others]) counts.set(said(one), (counts.get(said(one)) ?? 0) + 1);
  const parts = [...counts].map(([what, number]) =>
    what === "timeout" ? `was too slow ${times(number)}` : `answered ${what} ${times(number)}`,
  );
  const last = when(at(first.started_time), now);
  return `it ${parts.join(" and ")}, ${others.length > 0 ? "the last " : ""}at ${last}`;
}
