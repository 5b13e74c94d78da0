// What an inbox is told to answer, in words: which statuses it may give, and what the whole script comes to.
import type { Advice } from "../api/objects";
import { ordinal } from "./bytes";

/** Whether an inbox may answer with that status: the server refuses to keep any other. */
export const isAnswer = (status: number): boolean =>
  (status >= 200 && status <= 299) || (status >= 400 && status <= 599);

/** Said of a status that is none, before it is saved. */
export const NO_ANSWER = "An inbox answers 200 to 299, or 400 to 599: this cannot be saved.";

export interface Sum {
  sentence: string;
  /** Tries that fail before it ends. */
  lost: number;
  won: boolean;
  /** Seconds from the event to the try that is delivered. */
  seconds: number;
}

/** What the answers come to, by what follows from each; null where none was judged. */
export function sumOf(all: readonly Advice[]): Sum | null {
  if (all.length === 0) return null;
  const off = all.findIndex((one) => one.next === "disable");
  const done = all.findIndex((one) => one.next === "done");
  const won = done >= 0 && (off < 0 || done < off);
  const lost = won ? done : off < 0 ? all.length : off + 1;
  const seconds = all.slice(0, lost).reduce((sum, one) => sum + Math.max(one.wait_ms ?? 0, one.rest_ms ?? 0) / 1000, 0);
  const sentence = won
    ? `Delivered on the ${ordinal(done + 1)} try`
    : off >= 0
      ? "The webhook is turned off"
      : "Never delivered: we try until the schedule is used up";
  return { sentence, lost, won, seconds };
}
