// The addresses of the deliveries' screen: what is searched, where they stand, which one is open.
import { to } from "../../state/route";

export const STANDS = [
  { key: "all", word: "All", asked: {} },
  { key: "delivered", word: "Delivered", asked: { status: "delivered" } },
  { key: "retrying", word: "On their way", asked: { status: "pending" } },
  // What is over: used up, called off by a 410, a pause or a person, and set aside; samples too.
  { key: "over", word: "Did not arrive", asked: { q: "-status:delivered -status:pending" } },
] as const;

export type Stand = (typeof STANDS)[number]["key"];

export const isStand = (text: string | null): text is Stand => STANDS.some((stand) => stand.key === text);

const HOUR = 3_600_000;

export const RANGES = [
  { key: "all", word: "Any time", ms: null },
  { key: "1h", word: "Last hour", ms: HOUR },
  { key: "24h", word: "Last 24 hours", ms: 24 * HOUR },
  { key: "7d", word: "Last 7 days", ms: 7 * 24 * HOUR },
] as const;

export type Range = (typeof RANGES)[number]["key"];

export const isRange = (text: string | null): text is Range => RANGES.some((range) => range.key === text);

/** What is looked for. */
export interface Sought {
  search: string;
  stand: Stand;
  range: Range;
}

/** The address of a delivery, or of the list. */
export const place = (id: string | null, { search, stand, range }: Sought): string =>
  to(id ? ["deliveries", id] : ["deliveries"], {
    q: search,
    stand: stand === "all" ? null : stand,
    range: range === "all" ? null : range,
  });

/** What the API is asked with, by somebody who looks at `now`. */
export function asked({ search, stand, range }: Sought, now: number): Record<string, string> {
  const known: Record<string, string> = STANDS.find((one) => one.key === stand)?.asked ?? {};
  const q = [search, known.q].filter(Boolean).join(" ");
  const ms = RANGES.find((one) => one.key === range)?.ms ?? null;
  return {
    ...known,
    ...(q ? { q } : {}),
    ...(ms === null ? {} : { "creation_time.gt": new Date(now - ms).toISOString() }),
  };
}
