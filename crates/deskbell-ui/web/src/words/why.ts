// The answer to why: its mark and tone, and the whole of it as a text that can be pasted.
import type { Why } from "../api/objects";
import type { Mark, Tone } from "./outcome";
import { at, utc } from "./time";

const MARKS: Record<string, { mark: Mark; tone: Tone }> = {
  delivered: { mark: "delivered", tone: "good" },
  on_its_way: { mark: "again", tone: "wait" },
  gave_up: { mark: "over", tone: "bad" },
  quarantined: { mark: "over", tone: "bad" },
  paused: { mark: "paused", tone: "wait" },
  disabled: { mark: "off", tone: "bad" },
  deleted: { mark: "off", tone: "quiet" },
  blocked: { mark: "blocked", tone: "bad" },
  called_off: { mark: "off", tone: "quiet" },
  not_subscribed: { mark: "off", tone: "bad" },
  created_later: { mark: "off", tone: "quiet" },
  sample_elsewhere: { mark: "off", tone: "quiet" },
  changed_since: { mark: "off", tone: "wait" },
  never_produced: { mark: "over", tone: "bad" },
  no_longer_kept: { mark: "off", tone: "quiet" },
};

export const markOf = (verdict: string): { mark: Mark; tone: Tone } => MARKS[verdict] ?? { mark: "due", tone: "quiet" };

const SIGNS: Record<string, string> = { done: "+", stopped: "x" };

/** All of it, in plain text. */
export function asText(why: Why): string {
  const lines = [why.sentence, ...(why.reason ? [why.reason] : []), ""];
  for (const { name, state, sentence, time } of why.steps) {
    lines.push(`${SIGNS[state] ?? "-"} ${name}: ${sentence}${time ? ` (${utc(at(time))})` : ""}`);
    if (state !== "stopped") continue;
    for (const row of why.nearest?.compared ?? [])
      lines.push(`    ${row.what}: ${row.event} / ${row.webhook}: ${row.fits ? "fits" : "differs"}`);
  }
  if (why.ruled_out.length > 0) lines.push("", `Not the reason: ${why.ruled_out.join(", ")}.`);
  return lines.join("\n");
}

/** The same question on the command line; null when it asks for no event by its id. */
export const asCommand = (why: Why): string | null => (why.event ? `deskbell why ${why.event} ${why.webhook}` : null);
