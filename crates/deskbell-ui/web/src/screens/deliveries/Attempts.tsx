// Attempts as steps: those made, with their waterfall on one scale, and the one to come, counting down.
import type { Attempt, Delivery, Webhook } from "../../api/objects";
import { MarkIcon } from "../../components/Outcome";
import { now } from "../../state/clock";
import { cause as causeOf } from "../../words/cause";
import { holds, nextOf } from "../../words/next";
import { made, reasonPhrase } from "../../words/outcome";
import { at, clockTime, exactClock, measured, spell, utc } from "../../words/time";

interface Props {
  delivery: Delivery;
  attempts: readonly Attempt[];
  webhook: Webhook | null;
  chosen: Attempt | undefined;
  onChoose: (attempt: Attempt) => void;
}

export function Attempts({ delivery, attempts, webhook, chosen, onChoose }: Props) {
  const scale = roundUp(Math.max(1000, ...attempts.map((attempt) => attempt.timings.total_us)));
  const next = nextOf(delivery, webhook);
  const { due } = next;
  const held = holds(next, webhook?.name ?? "the webhook");
  const last = attempts.at(-1);
  return (
    <ol class="steps" aria-label="Attempts" data-test="attempts">
      {attempts.map((attempt) => (
        <li key={attempt.id}>
          <button
            type="button"
            class="step"
            aria-current={attempt.id === chosen?.id ? "step" : undefined}
            onClick={() => onChoose(attempt)}
            data-test="attempt"
          >
            <span class={made(attempt).tone}>
              <MarkIcon mark={made(attempt).mark} />
            </span>
            <span class="number">{attempt.number}</span>
            <span class="number second step-time" title={utc(at(attempt.started_time))}>
              {exactClock(at(attempt.started_time))}
            </span>
            <b class={`number ${made(attempt).tone}`}>{made(attempt).word}</b>
            <span class="second cut step-cause">
              {cause(attempt)}
              {attempt.manual ? ", by hand" : ""}
            </span>
            <Waterfall attempt={attempt} scale={scale} />
            <b class="number step-total">{measured(attempt.timings.total_us / 1000)}</b>
          </button>
        </li>
      ))}
      {delivery.in_flight ? (
        <li class="step" data-test="attempt-flying">
          <span class="accent">
            <MarkIcon mark="sending" />
          </span>
          <span class="number">{(last?.number ?? 0) + 1}</span>
          <span />
          <b class="accent">sending</b>
          <span class="second step-cause">We wait for the answer</span>
          <span class="waterfall" aria-hidden="true" />
          <b class="number step-total accent" />
        </li>
      ) : (
        (due !== null || held) && (
          <li class="step" data-test="attempt-due">
            <span class="wait">
              <MarkIcon mark="due" />
            </span>
            <span class="number">{(last?.number ?? 0) + 1}</span>
            <span class="number second step-time">{due !== null && clockTime(due)}</span>
            <b class="wait">{next.held === "rest" ? "rests" : next.held && next.held !== "room" ? "held" : "next"}</b>
            <span class="second step-cause">
              {held || (last && due !== null ? `waits ${spell(wait(due, last))} after the last try` : "the first try")}
            </span>
            {due === null ? (
              <span class="waterfall" aria-hidden="true" />
            ) : (
              <Countdown from={last ? ended(last) : at(delivery.creation_time)} due={due} />
            )}
            <span class="number step-total" aria-hidden="true">
              {due !== null && spell(Math.max(0, (due - now.value) / 1000))}
            </span>
          </li>
        )
      )}
    </ol>
  );
}

const ended = (attempt: Attempt): number => at(attempt.started_time) + attempt.timings.total_us / 1000;
const wait = (due: number, last: Attempt): number => (due - ended(last)) / 1000;

function cause(attempt: Attempt): string {
  const status = attempt.response?.status_code;
  return status && attempt.outcome !== "redirect_refused" ? reasonPhrase(status) : causeOf(attempt);
}

/** The next round number at or above. */
function roundUp(us: number): number {
  const power = 10 ** Math.floor(Math.log10(us));
  return ([1, 2, 5, 10].find((step) => us <= step * power) ?? 10) * power;
}

function Waterfall({ attempt, scale }: { attempt: Attempt; scale: number }) {
  const { name_us, connect_us, tls_us, head_us, body_us, total_us } = attempt.timings;
  const width = (us: number) => ({ width: `${(100 * us) / scale}%` });
  const before = (name_us ?? 0) + (connect_us ?? 0) + (tls_us ?? 0);
  return (
    <span class="waterfall" aria-hidden="true">
      <i class="mute-2" style={width(name_us ?? 0)} />
      <i class="mute-1" style={width((connect_us ?? 0) + (tls_us ?? 0))} />
      <i
        class={attempt.outcome === "delivered" ? "fill-good" : "fill-bad"}
        style={width(
          Math.max(0, head_us === null && body_us === null ? total_us - before : (head_us ?? 0) + (body_us ?? 0)),
        )}
      />
    </span>
  );
}

function Countdown({ from, due }: { from: number; due: number }) {
  const share = due > from ? Math.min(1, Math.max(0, (now.value - from) / (due - from))) : 1;
  return (
    <span class="waterfall" aria-hidden="true">
      <i class="fill-wait" style={{ width: `${share * 100}%` }} />
    </span>
  );
}
