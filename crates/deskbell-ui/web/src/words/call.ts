// A call that sent nothing on: what became of it in a word, and what follows.
import type { Call } from "../api/objects";
import type { Tone } from "./outcome";

const OUTCOMES: Record<string, { word: string; tone: Tone }> = {
  refused: { word: "refused", tone: "bad" },
  conflict: { word: "conflict", tone: "bad" },
  repeated: { word: "repeated", tone: "quiet" },
  to_nobody: { word: "to nobody", tone: "wait" },
};

/** Refusals for want of room: they come before anything is kept, as those of a call that came too fast (429) do. */
const UNTAKEN = ["storage_busy", "storage_full"];

/** An outcome that this page does not know is its own word. */
export function outcomeOf({ outcome, code }: Pick<Call, "outcome" | "code">): { word: string; tone: Tone } {
  const key = code === "event_conflict" ? "conflict" : outcome;
  return OUTCOMES[key] ?? { word: outcome.replaceAll("_", " "), tone: "quiet" };
}

/** What comes next: what stands, and what whoever called has to do. */
export function followsFrom({ outcome, code, status_code }: Pick<Call, "outcome" | "code" | "status_code">): string {
  if (code === "event_conflict")
    return "The event that came first stands, and nothing of this one was kept or sent. Give each event a key of its own.";
  if (outcome === "repeated") return "Nothing is lost, and nothing has to be done: that is what the key is for.";
  if (outcome === "to_nobody") return "A webhook that asks for it from now on gets the next one, not this one.";
  if (status_code === 429 || (code && UNTAKEN.includes(code)))
    return "Nothing was kept or sent. The same call may work later.";
  if (status_code >= 500)
    return "It is not known whether anything was kept. Send it again with the same Idempotency-Key, and nothing is sent twice.";
  return status_code < 300
    ? "Of those that were refused nothing was kept or sent. Mend them and send them again."
    : "Nothing was changed, kept or sent. Mend the call and send it again.";
}

/** The event that a sentence names; null when it names none. */
export const eventIn = (message: string): string | null => /EVNT-[A-Z0-9]+/.exec(message)?.[0] ?? null;
