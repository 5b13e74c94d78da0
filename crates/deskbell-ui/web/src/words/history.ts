// What was changed of a webhook, in words.
import type { Change } from "../api/objects";

export interface Told {
  /** What happened. */
  what: string;
  /** What it was, and what it is from then on. */
  values?: readonly [from: string, to: string];
  /** They are addresses. */
  isAddress?: boolean;
  /** Triggers and composites that are asked for from then on, or no longer. */
  added?: readonly string[];
  removed?: readonly string[];
}

/** A change in words; of one of a newer server, that there was one. */
export function told(change: Change): Told {
  switch (change.field) {
    case "name":
      return { what: "Renamed", values: [change.from, change.to] };
    case "url":
      return { what: "Another address", values: [change.from, change.to], isAddress: true };
    case "events":
      return events(change.from, change.to);
    case "status":
      return { what: change.to ? "Turned on" : turnedOff(change.disabled_reason) };
    default:
      return { what: "Changed" };
  }
}

function events(from: readonly string[], to: readonly string[]): Told {
  const added = to.filter((name) => !from.includes(name));
  const removed = from.filter((name) => !to.includes(name));
  return {
    what: added.length + removed.length > 0 ? "Other triggers" : "The same triggers in another order",
    added,
    removed,
  };
}

function turnedOff(reason: string | null | undefined): string {
  switch (reason) {
    case "by_owner":
      return "Paused";
    case "gone":
      return "Turned off by Deskbell: the receiver answered 410";
    case "window_exhausted":
      return "Turned off by Deskbell: a delivery used up its tries, and none had arrived meanwhile";
    default:
      return "Turned off";
  }
}
