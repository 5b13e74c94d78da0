// The four checks of a first delivery: reached, verified, answered 2xx, survived a duplicate. Each is judged by what the ledger
// and the inbox say, never assumed.
import type { Attempt, Capture, Delivery } from "../api/objects";
import { bytes } from "./bytes";
import { cause } from "./cause";
import { at, duration, exactClock, measured } from "./time";

export type CheckState = "passed" | "running" | "not-yet" | "failed";

export interface Check {
  name: string;
  state: CheckState;
  text: string;
  time: string;
}

/** What is known of the delivery; its tries and its captures in their order. */
export interface Evidence {
  /** When the button was pressed; null before. */
  rang: number | null;
  delivery: Delivery | null;
  attempts: readonly Attempt[];
  captures: readonly Capture[];
}

export const checksOf = (known: Evidence): readonly Check[] => [
  { name: "Reached", ...reached(known) },
  { name: "Verified", ...verified(known) },
  { name: "Answered 2xx", ...answered(known) },
  { name: "Survived a duplicate", ...survived(known) },
];

type Judged = Omit<Check, "name">;

const passed = (text: string, time: number): Judged => ({ state: "passed", text, time: exactClock(time) });
const failed = (text: string, time: number): Judged => ({ state: "failed", text, time: exactClock(time) });
const running = (text: string): Judged => ({ state: "running", text, time: "waiting" });
const notYet = (text: string): Judged => ({ state: "not-yet", text, time: "not yet" });

const isWon = ({ outcome }: Attempt): boolean => outcome === "delivered";

function reached({ rang, delivery, attempts, captures: [first] }: Evidence): Judged {
  if (first && delivery) {
    const received = at(first.received_time);
    const after = duration(Math.max(received - at(delivery.creation_time), 1));
    return passed(`One POST, ${bytes(first.body_bytes)}, arrived ${after} after the booking.`, received);
  }
  const last = attempts.at(-1);
  if (last && !isWon(last)) return failed(`${cause(last)}.`, at(last.started_time));
  if (rang === null) return notYet("A request comes in at the address.");
  return running(delivery ? "The event is owed to your webhook and on its way." : "The booking is being made.");
}

function verified({ captures: [first] }: Evidence): Judged {
  const of = first?.delivery_of;
  if (!first || !of) return notYet("Its signature matches the webhook's secret.");
  const received = at(first.received_time);
  if (!of.same_bytes) return failed("What arrived is not what we signed: something on the way changed it.", received);
  if (of.signature !== "valid") return failed("The signature does not match.", received);
  return passed("The signature matches, and the bytes are the ones we signed.", received);
}

/** What follows from a try that failed. A 410 ends it though its delivery was not heard of since. */
function then(delivery: Delivery | null, lost: Attempt): string {
  if (lost.response?.status_code === 410) return "That turns the webhook off, and it is not tried again.";
  switch (delivery?.status) {
    case "failed":
      return "That was the last try.";
    case "cancelled":
      return "It was called off, and is not tried again.";
    case "quarantined":
      return "It was set aside, and is not tried again by itself.";
    default:
      return "It will be tried again.";
  }
}

/** It did not arrive, and is not tried any more. */
const isOver = ({ delivery, attempts }: Evidence): boolean =>
  !attempts.some(isWon) &&
  ((!!delivery && delivery.status !== "pending" && delivery.status !== "delivered") ||
    attempts.at(-1)?.response?.status_code === 410);

function answered({ delivery, attempts, captures }: Evidence): Judged {
  const won = attempts.find(isWon);
  if (won) {
    const ms = won.timings.total_us / 1000;
    const status = won.response?.status_code ?? "2xx";
    return passed(`The inbox answered ${status} after ${measured(ms)}.`, at(won.started_time) + ms);
  }
  const lost = attempts.at(-1);
  if (lost) {
    return failed(`${cause(lost)}. ${then(delivery, lost)}`, at(lost.started_time));
  }
  return captures.length > 0 ? running("Waiting for the answer.") : notYet("The inbox says that it has it.");
}

function survived(known: Evidence): Judged {
  const { attempts, captures } = known;
  const [first, again] = attempts.filter(isWon);
  if (again && captures.length > 1) {
    const isSame = new Set(captures.map((capture) => capture.delivery_of?.event)).size === 1;
    const time = at(again.started_time);
    return isSame
      ? passed("The same event came again, with the same id: a handler counts it once.", time)
      : failed("The copy came with another id.", time);
  }
  if (isOver(known)) return notYet("Only what was answered 2xx is sent again to see that. Ring once more.");
  return first
    ? running("The same event goes out again, with the same id.")
    : notYet("Next we send the same event again. Same id, so it must count once.");
}
