// The addresses of the deliveries' screen: what is searched, where they stand, which one is open.
import { to } from "../../state/route";

export const STANDS = [
  { key: "all", word: "All", status: null },
  { key: "delivered", word: "Delivered", status: "delivered" },
  { key: "retrying", word: "On their way", status: "pending" },
  { key: "over", word: "Gave up", status: "failed" },
] as const;

export type Stand = (typeof STANDS)[number]["key"];

export const isStand = (text: string | null): text is Stand => STANDS.some((stand) => stand.key === text);

/** The address of a delivery, or of the list. */
export const place = (id: string | null, search: string, stand: Stand): string =>
  to(id ? ["deliveries", id] : ["deliveries"], { q: search, stand: stand === "all" ? null : stand });

/** What the API is asked with. */
export function asked(search: string, stand: Stand): Record<string, string> {
  const status = STANDS.find((one) => one.key === stand)?.status;
  return { ...(search ? { q: search } : {}), ...(status ? { status } : {}) };
}
