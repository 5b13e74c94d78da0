// The operator's page: whether all is well, in a sentence; then the last hour, day or week in charts, who takes what of what all share, the webhooks
// that are ill, and the machines.

import { CircleCheck, TriangleAlert } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { ApiError } from "../../api/client";
import type { Operator } from "../../api/objects";
import { Fault } from "../../components/Button";
import { now } from "../../state/clock";
import { useStore } from "../../state/follow";
import { Instance } from "../../state/operator";
import { route, to } from "../../state/route";
import { visible } from "../../words/bytes";
import { RANGES, rangeOf } from "../../words/range";
import { clockTime, spell } from "../../words/time";
import { Ill } from "./Ill";
import { Machine } from "./Machine";
import { Machines } from "./Machines";
import { Neighbours } from "./Neighbours";
import { Outcomes } from "./Outcomes";
import { Latency, OldestDue, Rates } from "./Rates";
import { Storage } from "./Storage";
import "../../styles/operator.css";

/** Older than this is said to be old. */
const STALE = 25_000;

export function OperatorScreen() {
  const range = rangeOf(route.value.query.get("range"));
  const instance = useStore(() => new Instance(range), [range]);
  const state = instance.state.value;
  const error = instance.error.value;
  if (error instanceof ApiError && error.status === 403) {
    return (
      <div class="reading">
        <div class="empty" data-test="not-operator">
          <h1>This page is the operator’s</h1>
          <p>
            Only the instance’s first account may see how the whole of it does. How your own webhooks do stands with
            them.
          </p>
          <a class="button" href="#/webhooks">
            Your webhooks
          </a>
        </div>
      </div>
    );
  }
  if (!state) {
    return (
      <div class="reading">
        <h1 class="readers">Operator</h1>
        {error ? (
          <Fault error={error}>We ask again in ten seconds.</Fault>
        ) : (
          <p class="empty" role="status">
            Asking how the instance does
          </p>
        )}
      </div>
    );
  }
  const asked = instance.asked.value ?? 0;
  const isOld = !!error || now.value - asked > STALE;
  return (
    <div class="reading operator" data-test="operator">
      <Head state={state}>
        <p class={isOld ? "wait number" : "quiet number"} data-test="asked">
          {isOld ? `As of ${clockTime(asked)}, ${spell((now.value - asked) / 1000)} ago` : "Asked every 10 s"}
        </p>
        <nav class="ranges" aria-label="Of how much time the charts are">
          {RANGES.map(({ key, word }) => (
            <a
              key={key}
              href={to(["operator"], { range: key === "hour" ? null : key })}
              aria-current={key === range ? "true" : undefined}
              data-test={`range-${key}`}
            >
              {word}
            </a>
          ))}
        </nav>
      </Head>
      {!!error && <Fault error={error}>What you see is from {clockTime(asked)}. We ask again in ten seconds.</Fault>}
      <div class="operator-columns">
        <div class="stack">
          <Rates state={state} />
          <Neighbours state={state} />
          <Ill state={state} />
          <Storage state={state} />
          <Machines state={state} asked={asked} />
          <Machine state={state} />
        </div>
        <div class="stack">
          <OldestDue state={state} />
          <Latency state={state} />
          <Outcomes state={state} />
        </div>
      </div>
    </div>
  );
}

function Head({ state, children }: { state: Operator; children: ComponentChildren }) {
  const isWell = !state.paused && state.ill.length === 0 && (state.oldest_due_seconds ?? 0) <= 5;
  const Icon = isWell ? CircleCheck : TriangleAlert;
  return (
    <div class="screen-head">
      <div class="operator-head">
        <Icon size={22} class={isWell ? "good" : "wait"} aria-hidden="true" />
        <h1 class="foreign" data-test="headline">
          {visible(state.headline)}
        </h1>
      </div>
      {children}
    </div>
  );
}
