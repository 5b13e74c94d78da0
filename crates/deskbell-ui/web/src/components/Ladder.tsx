// One mark per try: cross, dot, ring for the one that is due, blue dot for the one in flight.
import type { Delivery } from "../api/objects";

type Rung = "cross" | "done" | "due" | "flight";

function rungs(delivery: Delivery): Rung[] {
  const made: Rung[] = (delivery.attempts_made ?? []).map((attempt) =>
    attempt.outcome === "delivered" ? "done" : "cross",
  );
  if (delivery.in_flight) made.push("flight");
  else if (delivery.next_attempt_time && made.length > 0) made.push("due");
  return made;
}

export function Ladder({ delivery, most = 8 }: { delivery: Delivery; most?: number }) {
  const all = rungs(delivery);
  if (all.length < 2 && all[0] !== "flight" && all[0] !== "cross") return null;
  const shown = all.slice(-most);
  return (
    <span class="ladder">
      <span class="readers">{delivery.attempts === 1 ? "1 attempt" : `${delivery.attempts} attempts`}</span>
      {all.length > most && <span class="rung more" aria-hidden="true" />}
      {shown.map((rung, index) => (
        <span key={index} class={`rung ${rung}`} aria-hidden="true" />
      ))}
    </span>
  );
}
