// The four checks, each with its evidence and its clock time.
import { CircleCheck, CircleDashed, CircleX, LoaderCircle } from "lucide-preact";
import type { Checks } from "../../state/checks";
import { now } from "../../state/clock";
import type { CheckState } from "../../words/checks";
import { duration } from "../../words/time";

const marks = { passed: CircleCheck, running: LoaderCircle, "not-yet": CircleDashed, failed: CircleX } satisfies Record<
  CheckState,
  unknown
>;
const tones: Record<CheckState, string> = { passed: "good", running: "accent", "not-yet": "quiet", failed: "bad" };

export function CheckList({ checks, onLeave }: { checks: Checks; onLeave: (() => void) | undefined }) {
  const list = checks.checks.value;
  const passed = checks.passed.value;
  const rang = checks.rang.value;
  const all = passed === list.length;
  const delivery = checks.delivery.value;
  const waited = rang === null ? 0 : now.value - rang;
  return (
    <section class="card checks" aria-labelledby="checks-title" data-test="checks" data-passed={passed}>
      <header>
        <h2 id="checks-title">{all ? "Your first booking was delivered and verified" : "Four checks"}</h2>
        <span class="quiet number" role="status">
          {all && delivery ? (
            <a href={`#/deliveries/${delivery.id}`} data-test="both-sides">
              See both sides
            </a>
          ) : rang === null ? (
            "they turn green as they happen"
          ) : (
            `${passed} of 4 passed, ${duration(Math.max(0, waited))} since you rang`
          )}
        </span>
      </header>
      <ol>
        {list.map((check) => {
          const Mark = marks[check.state];
          return (
            <li key={check.name} class={check.state} data-test="check" data-state={check.state}>
              <span class={tones[check.state]}>
                <Mark size={20} class={check.state === "running" ? "spin" : ""} aria-hidden="true" />
              </span>
              <b>{check.name}</b>
              <span class="second">{check.text}</span>
              <span class={`number ${check.state === "running" ? "accent" : "quiet"}`}>{check.time}</span>
            </li>
          );
        })}
      </ol>
      {all && (
        <p class="checks-next">
          {onLeave ? (
            <button type="button" class="link" onClick={onLeave} data-test="to-list">
              Go to the list of deliveries
            </button>
          ) : (
            <a href="#/deliveries">Go to the list of deliveries</a>
          )}
        </p>
      )}
      {!all && waited > 10_000 && passed === 0 && (
        <p class="note wait">
          Nothing has arrived for {duration(waited)}. <a href={`#/why?webhook=${checks.opening.webhook.id}`}>Ask why</a>
        </p>
      )}
    </section>
  );
}
