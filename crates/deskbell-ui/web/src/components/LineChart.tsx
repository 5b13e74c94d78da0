// One or two lines over a range of time, drawn by hand: a point of time can be pointed at, by pointer or by arrow keys, and says a
// sentence. Where nothing was measured a line breaks. A table stands behind it.
import "../styles/lines.css";
import { scale } from "../words/figures";
import { mark } from "../words/range";
import { moment, shortClock } from "../words/time";
import { useSteps } from "./pointing";

export interface Line {
  name: string;
  values: readonly (number | null)[];
  /** The first is accent with an area, the second is drawn in the text's colour. */
  look: "area" | "plain";
}

interface Props {
  label: string;
  /** When each step ended, in milliseconds. */
  times: readonly number[];
  /** The time that the width stands for, in milliseconds. */
  span: number;
  /** How long a step is, in milliseconds. */
  step: number;
  lines: readonly Line[];
  /** A value with its unit, for the axis. */
  unit: (value: number) => string;
  /** The sentence of a step. */
  say: (index: number) => string;
  /** The least that the height stands for. */
  least: number;
  /** Above this it is worth a look. */
  warn?: { value: number; words: string } | undefined;
  height?: number;
  test: string;
}

const HOUR = 3_600_000;
/** The drawing's own units across. */
const WIDE = 1000;
/** A table of each ten seconds would be read by nobody: so many steps of that length make a row. */
const rowOf = (step: number): number => Math.max(1, Math.round(300_000 / step));
/** How many steps may be missing before a line breaks: of ten seconds one comes late now and then. */
const slackOf = (step: number): number => (step < HOUR / 60 ? 3 : 1.5);

export function LineChart({ label, times, span, step, lines, unit, say, least, warn, height = 200, test }: Props) {
  const { shown, point, slider } = useSteps({ label, count: times.length, say, page: rowOf(step), test });
  const till = times.at(-1) ?? Date.now();
  const from = till - span;
  const most = Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const marks = scale(most, least);
  const top = marks.at(-1) ?? 1;
  const x = (time: number) => ((time - from) / span) * WIDE;
  const y = (value: number) => height - (value / top) * height;
  const time = shown === null ? null : (times[shown] ?? null);
  const under = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const wanted = from + ((event.clientX - box.left) / box.width) * span;
    const index = times.findIndex((one) => one >= wanted - step / 2);
    point(times.length === 0 ? null : index < 0 ? times.length - 1 : index);
  };
  const left = time === null ? 0 : (x(time) / WIDE) * 100;
  return (
    <figure class="lines">
      <div class="lines-plot" onPointerMove={under} onPointerDown={under} {...slider}>
        <svg
          width="100%"
          height={height}
          viewBox={`0 0 ${WIDE} ${height}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {marks.map((mark) => (
            <line key={mark} class="grid" x1="0" x2={WIDE} y1={y(mark)} y2={y(mark)} />
          ))}
          {lines
            .filter(({ look }) => look === "area")
            .map(({ name, values }) =>
              runs(times, values, step).map((run, index) => (
                <path
                  key={`${name}${index}`}
                  class="area"
                  d={`M${run.map(([when, value]) => `${x(when).toFixed(1)} ${y(value).toFixed(1)}`).join("L")}L${x(run.at(-1)?.[0] ?? 0).toFixed(1)} ${height}L${x(run[0]?.[0] ?? 0).toFixed(1)} ${height}Z`}
                />
              )),
            )}
          {warn && warn.value <= top && <line class="warn" x1="0" x2={WIDE} y1={y(warn.value)} y2={y(warn.value)} />}
          {lines.map(({ name, values, look }) =>
            runs(times, values, step).map((run, index) => (
              <path
                key={`${name}${index}`}
                class={`line ${look}${run.length === 1 ? " lone" : ""}`}
                d={`M${run.map(([when, value]) => `${x(when).toFixed(1)} ${y(value).toFixed(1)}`).join("L")}${run.length === 1 ? `h0.01` : ""}`}
              />
            )),
          )}
          {time !== null && <line class="at" x1={x(time)} x2={x(time)} y1="0" y2={height} />}
        </svg>
        {warn && warn.value <= top && (
          <span class="lines-warn wait" style={{ bottom: `${(warn.value / top) * 100}%` }} aria-hidden="true">
            {warn.words}
          </span>
        )}
        {time !== null &&
          shown !== null &&
          lines.map(({ name, values, look }) => {
            const value = values[shown];
            return value == null ? null : (
              <i
                key={name}
                class={`lines-dot ${look}`}
                style={{ left: `${left}%`, bottom: `${(value / top) * 100}%` }}
                aria-hidden="true"
              />
            );
          })}
        {shown !== null && (
          <div
            class="lines-tip"
            style={left < 50 ? { left: `calc(${left}% + 12px)` } : { right: `calc(${100 - left}% + 12px)` }}
            aria-hidden="true"
          >
            {say(shown)}
          </div>
        )}
      </div>
      <div class="lines-scale number quiet" aria-hidden="true">
        {marks.map((mark) => (
          <span key={mark} style={{ bottom: `${(mark / top) * 100}%` }}>
            {unit(mark)}
          </span>
        ))}
      </div>
      <div class="lines-times number quiet" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <span key={part} style={{ left: `${part * 100}%` }}>
            {mark(from + part * span, span)}
          </span>
        ))}
      </div>
      <Table label={label} times={times} step={step} lines={lines} unit={unit} />
    </figure>
  );
}

type Run = [number, number][];

/** The measured values in unbroken runs. */
function runs(times: readonly number[], values: readonly (number | null)[], step: number): Run[] {
  const found: Run[] = [];
  let run: Run | null = null;
  values.forEach((value, index) => {
    const time = times[index];
    if (value === null || time === undefined) {
      run = null;
      return;
    }
    // The machine slept: nothing was measured between.
    if (!run || time - (run.at(-1)?.[0] ?? time) > slackOf(step) * step) {
      run = [];
      found.push(run);
    }
    run.push([time, value]);
  });
  return found;
}

function Table({ label, times, step, lines, unit }: Pick<Props, "label" | "times" | "step" | "lines" | "unit">) {
  const many = rowOf(step);
  const rows = times.map((_, index) => index).filter((index) => (times.length - 1 - index) % many === 0);
  return (
    <div class="readers">
      <table>
        <caption>{many > 1 ? `${label}, each five minutes` : label}</caption>
        <thead>
          <tr>
            <th scope="col">Until</th>
            {lines.map(({ name }) => (
              <th key={name} scope="col">
                {name}, highest
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((index) => (
            <tr key={index}>
              <th scope="row">{step > HOUR ? moment(times[index] ?? 0) : shortClock(times[index] ?? 0)}</th>
              {lines.map(({ name, values }) => {
                const measured = values
                  .slice(Math.max(0, index - many + 1), index + 1)
                  .filter((value): value is number => value !== null);
                return <td key={name}>{measured.length ? unit(Math.max(...measured)) : "none"}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
