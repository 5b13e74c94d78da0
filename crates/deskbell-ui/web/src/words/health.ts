// How a webhook does, in a word, a mark and a tone; the sentence is the server's.
import type { Health } from "../api/objects";
import { count, plural } from "./bytes";
import type { Tone } from "./outcome";
import { shortClock } from "./time";

export type HealthState = "healthy" | "retrying" | "failing" | "resting" | "paused" | "disabled" | "idle";

const STATES: Record<HealthState, { word: string; tone: Tone }> = {
  healthy: { word: "Healthy", tone: "good" },
  retrying: { word: "Retrying", tone: "wait" },
  failing: { word: "Failing", tone: "bad" },
  resting: { word: "Resting", tone: "wait" },
  paused: { word: "Paused", tone: "quiet" },
  disabled: { word: "Turned off", tone: "bad" },
  idle: { word: "Idle", tone: "quiet" },
};

export const EVERY_STATE = Object.keys(STATES) as readonly HealthState[];

export const isKnown = (state: string): state is HealthState => Object.hasOwn(STATES, state);

/** The word and the tone of a state; a state that this page does not know is its own word. */
export const stateOf = (state: string): { word: string; tone: Tone } =>
  isKnown(state) ? STATES[state] : { word: state, tone: "quiet" };

/** The sentence in two parts, the state's word and what follows: `Healthy.` and `All of…`; `Paused` and `by you.…`. */
export function parts({ state, sentence }: Pick<Health, "state" | "sentence">): [string, string] {
  const { word } = stateOf(state);
  if (!sentence.startsWith(word)) return [`${word}.`, ` ${sentence}`];
  const end = sentence.startsWith(".", word.length) ? word.length + 1 : word.length;
  return [sentence.slice(0, end), sentence.slice(end)];
}

/** What follows the word, as a sentence of its own. */
export function afterWord(health: Pick<Health, "state" | "sentence">): string {
  const rest = parts(health)[1].replace(/^[.,;:]?\s*/, "");
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

/** `99.9`, `100`, `98`: never rounded up to all, nor down to none. */
export function percent(share: number): string {
  if (share >= 1) return "100";
  if (share <= 0) return "0";
  const value = Math.min(99.9, Math.max(0.1, share * 100));
  return value.toFixed(1).replace(/\.0$/, "");
}

export type Quarter = Health["quarters"][number];

export const QUARTER = 15 * 60_000;

/** `04:30 to 04:45: 12 delivered, 5 tries failed`. */
export function quarterInWords(quarter: Quarter): string {
  const from = Date.parse(quarter.time);
  const what =
    quarter.delivered + quarter.failed === 0
      ? "nothing"
      : [
          `${count(quarter.delivered)} delivered`,
          quarter.failed ? `${plural(quarter.failed, "try", "tries")} failed` : "",
        ]
          .filter(Boolean)
          .join(", ");
  return `${shortClock(from)} to ${shortClock(from + QUARTER)}: ${what}`;
}

/** The run of quarters with failures that had the most of them; null when nothing failed. */
export function worst(quarters: readonly Quarter[]): { from: number; till: number; failed: number } | null {
  let best: { from: number; till: number; failed: number } | null = null;
  let run: { from: number; till: number; failed: number } | null = null;
  quarters.forEach(({ failed }, index) => {
    if (failed === 0) {
      run = null;
      return;
    }
    run = run ? { ...run, till: index, failed: run.failed + failed } : { from: index, till: index, failed };
    if (!best || run.failed > best.failed) best = run;
  });
  return best;
}
