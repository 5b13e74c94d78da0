// The charts: accepted and delivered per second, the age of the oldest due delivery, and how long tries took.
import type { ComponentChildren } from "preact";
import type { Operator, SeriesStep } from "../../api/objects";
import { type Line, LineChart } from "../../components/LineChart";
import { count, plural } from "../../words/bytes";
import { rate } from "../../words/figures";
import { inRange, rangeOf, secondsOf, spanOf, stepInWords } from "../../words/range";
import { at, clockTime, duration, spell } from "../../words/time";

/** A figure is the mean of the last minute: one step is too restless to be read. */
const MINUTE = 60;

const times = ({ series }: Operator): number[] => series.map(({ time }) => at(time));

/** How many a second: in the last minute of an hour, and on average of a day or a week. */
function mean(state: Operator, of: (step: SeriesStep) => number): number {
  const { series, step_seconds, range } = state;
  const steps = range === "hour" ? series.slice(-Math.max(1, Math.round(MINUTE / step_seconds))) : series;
  const seconds = steps.reduce((sum, step) => sum + secondsOf(state, step), 0);
  return seconds === 0 ? 0 : steps.reduce((sum, step) => sum + of(step), 0) / seconds;
}

const onAverage = (state: Operator, words: string): string => (state.range === "hour" ? words : `${words}, on average`);

/** When a step was, for a sentence. */
const timeOf = (state: Operator, one: SeriesStep): string =>
  state.range === "hour" ? `at ${clockTime(at(one.time))}` : stepInWords(state, one);

const total = (state: Operator, of: (step: SeriesStep) => number): number =>
  state.series.reduce((sum, step) => sum + of(step), 0);

export function Rates({ state }: { state: Operator }) {
  const { series, step_seconds: step, webhooks, first_attempt_wait: wait } = state;
  const perSecond = (of: (step: SeriesStep) => number) => series.map((one) => of(one) / secondsOf(state, one));
  const lines: Line[] = [
    { name: "Accepted per second", values: perSecond(({ accepted }) => accepted), look: "area" },
    { name: "Delivered per second", values: perSecond(({ delivered }) => delivered), look: "plain" },
  ];
  const say = (index: number) => {
    const one = series[index];
    if (!one) return "";
    const seconds = secondsOf(state, one);
    const rates = `${rate(one.accepted / seconds)} accepted and ${rate(one.delivered / seconds)} delivered a second`;
    return `${timeOf(state, one)}: ${rates}, ${count(one.accepted)} and ${count(one.delivered)} in ${spell(seconds)}.`;
  };
  return (
    <section class="card chart-card" aria-labelledby="rates-title">
      <h2 class="readers" id="rates-title">
        Accepted and delivered per second
      </h2>
      <div class="chart-figures">
        <Big
          name={onAverage(state, "Accepted per second")}
          look="area"
          value={rate(mean(state, (one) => one.accepted))}
          more={`${count(total(state, (one) => one.accepted))} ${inRange(state)}`}
        />
        <Big
          name={onAverage(state, "Delivered per second")}
          look="plain"
          value={rate(mean(state, (one) => one.delivered))}
          more={`to ${plural(webhooks, "webhook")}`}
        />
        {wait.median_us != null && (
          <p class="chart-aside second">
            accepted to first try
            <span class="number">
              <b>{duration(wait.median_us / 1000)}</b> median
              {wait.p99_us != null && (
                <>
                  , <b>{duration(wait.p99_us / 1000)}</b> p99
                </>
              )}
            </span>
          </p>
        )}
      </div>
      <LineChart
        label={`Accepted and delivered per second ${inRange(state)}`}
        times={times(state)}
        span={spanOf(rangeOf(state.range))}
        step={step * 1000}
        lines={lines}
        unit={rate}
        say={say}
        least={1}
        height={212}
        test="chart-rates"
      />
    </section>
  );
}

/** Above this a due delivery is late. */
const LATE = 5;

export function OldestDue({ state }: { state: Operator }) {
  const { series, step_seconds: step, oldest_due_seconds: oldest, resting } = state;
  // Nothing due is as good as nothing late: the line runs along the ground.
  const lines: Line[] = [
    { name: "Oldest due", values: series.map(({ oldest_due_seconds }) => oldest_due_seconds ?? 0), look: "area" },
  ];
  const say = (index: number) => {
    const one = series[index];
    if (!one) return "";
    const waited = one.oldest_due_seconds;
    const nothing = state.range === "hour" ? "nothing was due." : "nothing was seen to be due.";
    const longest =
      state.range === "hour" ? "the oldest due delivery had waited" : "the longest wait of the oldest due delivery was";
    return `${timeOf(state, one)}: ${waited == null ? nothing : `${longest} ${duration(waited * 1000)}.`}`;
  };
  return (
    <section class="card chart-card" aria-labelledby="oldest-title">
      <h2 class="readers" id="oldest-title">
        Age of the oldest due delivery
      </h2>
      <div class="chart-figures">
        <Big
          name="Age of the oldest due delivery"
          {...(oldest == null ? { value: "0", unit: "s" } : split(oldest * 1000))}
          more={oldest == null ? "nothing is due" : resting ? `${count(resting)} at rest apart` : ""}
        />
      </div>
      <LineChart
        label={`Age of the oldest due delivery ${inRange(state)}`}
        times={times(state)}
        span={spanOf(rangeOf(state.range))}
        step={step * 1000}
        lines={lines}
        unit={(value) => `${count(value)} s`}
        say={say}
        least={6}
        warn={{ value: LATE, words: `late above ${LATE} s` }}
        height={120}
        test="chart-oldest"
      />
    </section>
  );
}

export function Latency({ state }: { state: Operator }) {
  const { series, step_seconds: step } = state;
  const last = series.findLast(({ p95_ms }) => p95_ms != null);
  const lines: Line[] = [
    { name: "Time of a try, p95", values: series.map(({ p95_ms }) => p95_ms ?? null), look: "area" },
  ];
  const say = (index: number) => {
    const one = series[index];
    return one
      ? `${timeOf(state, one)}: ${one.p95_ms == null ? "no try ended." : `95 of 100 tries took at most ${duration(one.p95_ms)}.`}`
      : "";
  };
  return (
    <section class="card chart-card" aria-labelledby="latency-title">
      <h2 class="readers" id="latency-title">
        How long tries took
      </h2>
      <div class="chart-figures">
        <Big
          name="Time of a try, p95"
          {...split(last?.p95_ms ?? null)}
          more={last ? timeOf(state, last) : `no try ${inRange(state)}`}
        />
      </div>
      <LineChart
        label={`How long 95 of 100 tries took at most, ${inRange(state)}`}
        times={times(state)}
        span={spanOf(rangeOf(state.range))}
        step={step * 1000}
        lines={lines}
        unit={duration}
        say={say}
        least={10}
        height={120}
        test="chart-p95"
      />
    </section>
  );
}

function Big({
  name,
  look,
  value,
  unit,
  more,
}: {
  name: string;
  look?: "area" | "plain";
  value: string | null;
  unit?: string;
  more: ComponentChildren;
}) {
  return (
    <p class="big">
      <span class="second small">
        {look && <i class={look} aria-hidden="true" />}
        {name}
      </span>
      <span class="number">
        {value === null ? <span class="quiet">–</span> : <b>{value}</b>}
        {unit && <span class="big-unit">{unit}</span>} <span class="second">{more}</span>
      </span>
    </p>
  );
}

function split(ms: number | null): { value: string | null; unit: string } {
  if (ms === null) return { value: null, unit: "" };
  const [value = "", ...unit] = duration(ms).split(" ");
  return { value, unit: unit.join(" ") };
}
