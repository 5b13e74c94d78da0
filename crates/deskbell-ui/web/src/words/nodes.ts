// The machines that serve, in words: how one does, what it does, and how long it was not heard of.
import type { NodeRow } from "../api/objects";
import { visible } from "./bytes";
import { at, spell } from "./time";

/** How a state looks. A word of a newer server is as one that is not known to be well. */
export function tone({ state }: NodeRow): "good" | "wait" | "bad" {
  if (state === "working") return "good";
  return state === "gone" ? "bad" : "wait";
}

/** `api, engine, sweeps · 0.9.4 · up 12 d`. The age is by its own clock, which is as far off as the row says. */
export function doing(node: NodeRow, asked: number): string {
  const up = spell((asked + node.clock_ms - at(node.started_time)) / 1000);
  const life = node.state === "gone" ? `was up for ${spellUntilGone(node, asked)}` : `up ${up}`;
  return [node.roles.join(", "), visible(node.version), life].join(" · ");
}

function spellUntilGone(node: NodeRow, asked: number): string {
  return spell((asked + node.clock_ms - at(node.started_time)) / 1000 - node.heartbeat_age_seconds);
}

/** `0.8 s`, `5 min 2 s`: to a tenth for as long as that says anything. */
export function silence({ heartbeat_age_seconds: seconds }: NodeRow): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : spell(seconds);
}

/** How far its clock is off the store's, with its sign: `2 ms`, `−11 ms`, `30 s`. Ends of whole seconds past one. */
export function clock({ clock_ms: ms }: NodeRow): string {
  const size = Math.abs(ms);
  return `${ms < 0 ? "−" : ""}${size < 1000 ? `${size} ms` : spell(size / 1000)}`;
}

/** Where it runs, unless its name says so. */
export function elsewhere({ name, host }: NodeRow): string | null {
  return name === host || name.startsWith(`${host}:`) ? null : visible(host);
}
