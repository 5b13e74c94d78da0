// The list in lines: a day, an event with its deliveries inside, or a delivery that is its event's only one. What did not arrive and
// what was slow stands first; of many that arrived at once one line tells.
import type { Row } from "../../state/deliveries";
import { eventOf } from "../../state/delivery";
import { dayName } from "../../words/time";

export type Line =
  | { kind: "day"; key: string; name: string }
  | { kind: "event"; key: string; rows: readonly Row[] }
  | { kind: "inside"; key: string; row: Row }
  | { kind: "more"; key: string; event: string; rows: readonly Row[] }
  | { kind: "alone"; key: string; row: Row };

/** Deliveries of one event that are shown one by one; of more, those that arrived at once are told together. */
export const SHOWN = 4;

/**
 * @param rows newest first.
 * @param open the delivery that is open: it always has a line of its own.
 * @param unfolded events whose deliveries are all shown.
 */
export function linesOf(rows: readonly Row[], open: string | null, unfolded: ReadonlySet<string>, now: number): Line[] {
  const events = new Map<string, Row[]>();
  for (const row of rows) {
    const event = eventOf(row.delivery);
    const known = events.get(event);
    if (known) known.push(row);
    else events.set(event, [row]);
  }
  const lines: Line[] = [];
  // Names are made once a day, not once a row: that costs more than all else here.
  const names = new Map<number, string>();
  const nameOf = (time: number): string => {
    const midnight = new Date(time).setHours(0, 0, 0, 0);
    const known = names.get(midnight) ?? dayName(time, now);
    names.set(midnight, known);
    return known;
  };
  let day = "";
  for (const [event, all] of events) {
    const [first] = all;
    if (!first) continue;
    const name = nameOf(first.created);
    // The strip above the list names the first day.
    if (day && name !== day) lines.push({ kind: "day", key: `day ${name}`, name });
    day = name;
    if (all.length === 1) {
      lines.push({ kind: "alone", key: first.delivery.id, row: first });
      continue;
    }
    const inside = [...all].sort(worstFirst);
    lines.push({ kind: "event", key: `event ${event}`, rows: inside });
    const isFolded = inside.length > SHOWN && !unfolded.has(event);
    const told = isFolded ? inside.filter((row) => isPlain(row) && row.delivery.id !== open) : [];
    const folded = new Set(told.length > 1 ? told : []);
    for (const row of inside) if (!folded.has(row)) lines.push({ kind: "inside", key: row.delivery.id, row });
    if (folded.size > 0) lines.push({ kind: "more", key: `more ${event}`, event, rows: [...folded] });
  }
  return lines;
}

/** How long its last try took, in microseconds. */
export const tookUs = ({ delivery }: Row): number => delivery.attempts_made?.at(-1)?.total_us ?? 0;

/** It arrived at once. */
const isPlain = ({ delivery }: Row): boolean =>
  delivery.status === "delivered" && delivery.attempts <= 1 && !delivery.in_flight;

/** What is over without having arrived, what is still to arrive, what needed more than one try; each the slowest first. */
function worstFirst(a: Row, b: Row): number {
  return rank(a) - rank(b) || tookUs(b) - tookUs(a);
}

function rank({ delivery }: Row): number {
  if (delivery.status === "delivered") return delivery.attempts > 1 ? 2 : 3;
  return delivery.status === "pending" ? 1 : 0;
}
