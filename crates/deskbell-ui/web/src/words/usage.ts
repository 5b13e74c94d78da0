// Who slows whom, in words: whose row it is, what a share is called, and how its bar looks.
import type { Operator, UsageRow } from "../api/objects";
import { count, plural, visible } from "./bytes";
import { at, shortClock } from "./time";

/** What accounts share, as the columns of the table. */
export const RESOURCES = [
  { name: "writer", head: "Writer", percent: (row: UsageRow) => row.writer_percent },
  { name: "in_flight", head: "In flight", percent: (row: UsageRow) => row.in_flight_percent },
  { name: "readers", head: "Readers", percent: (row: UsageRow) => row.readers_percent },
  { name: "bytes_out", head: "Bytes out", percent: (row: UsageRow) => row.bytes_out_percent },
] as const;

/** Whose row it is. An account that is not known any more has its id. */
export function party(row: UsageRow): string {
  if (row.of === "instance") return "Deskbell itself";
  if (row.of === "others") return plural(row.accounts, "other account");
  return visible(row.email ?? row.account ?? "an account");
}

/** `120 webhooks, 31 slow`. */
export function webhooks({ of, webhooks, ill, slow }: UsageRow): string {
  if (of === "instance") return "and who has no account";
  const troubled = [ill > 0 && `${count(ill)} ill`, slow > 0 && `${count(slow)} slow`];
  return [webhooks === 0 ? "no webhooks" : plural(webhooks, "webhook"), ...troubled].filter(Boolean).join(", ");
}

/** A share as a whole number: what is there is never said to be nothing, and what is not all never to be all. */
export function percent(value: number): string {
  if (value > 0 && value < 1) return "<1 %";
  if (value > 99 && value < 100) return ">99 %";
  return `${Math.round(value)} %`;
}

/** How the bar of a column looks: what an account has much of stands out, in its turn or held back. */
export function look(row: UsageRow, resource: string): "wait" | "turn" | "plain" {
  if (row.about !== resource) return "plain";
  return row.standing === "held_back" ? "wait" : row.standing === "in_turn" ? "turn" : "plain";
}

/** An hour, as counted by minutes. */
const HOUR = 59 * 60;

/** Since when it is counted: a process that is younger than an hour knows no more. */
export function since({ usage, uptime_seconds: uptime }: Operator): string {
  return uptime < HOUR ? `since the start at ${shortClock(at(usage.since))}` : "in the last hour";
}
