// The last 24 hours in bars of a quarter of an hour: what arrived, and on top of it the tries that failed. Drawn by hand, so that
// a bar can be pointed at: by pointer or by arrow keys, and taken as a filter by a click or Enter. A table stands behind it.
import "../styles/charts.css";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { count } from "../words/bytes";
import { QUARTER, type Quarter, quarterInWords } from "../words/health";
import { day, shortClock } from "../words/time";
import { keyedTo } from "./pointing";

interface Props {
  quarters: readonly Quarter[];
  /** The quarter that something else is filtered by. */
  chosen: string | null;
  onChoose: (quarter: Quarter | null) => void;
  /** Words beside the bar of that index. */
  note?: { index: number; words: ComponentChildren } | null | undefined;
  height?: number;
}

/** The least that the height of the chart stands for. */
const FLOOR = 4;

export function QuarterChart({ quarters, chosen, onChoose, note, height = note ? 136 : 104 }: Props) {
  const [at, point] = useState<number | null>(null);
  const many = Math.max(1, quarters.length);
  // One delivery a day is not a full bar.
  const most = Math.max(FLOOR, ...quarters.map(({ delivered, failed }) => delivered + failed));
  // Words above the bars need a place where no bar reaches.
  const room = note ? 44 : 4;
  const tall = (value: number) => (value === 0 ? 0 : Math.max(3, (value / most) * (height - room)));
  const percent = (index: number) => `${(index / many) * 100}%`;
  const shown = at ?? quarters.findIndex(({ time }) => time === chosen);
  const pointed = quarters[shown];
  const choose = (index: number) => {
    const quarter = quarters[index];
    if (quarter) onChoose(quarter.time === chosen ? null : quarter);
  };
  const key = (event: KeyboardEvent) => {
    const next = keyedTo(event.key, shown < 0 ? null : shown, quarters.length - 1, 4);
    if (next !== undefined) point(next);
    else if (event.key === "Enter" || event.key === " ") choose(shown);
    else if (event.key === "Escape" && (at !== null || chosen)) {
      point(null);
      onChoose(null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const under = (event: { clientX: number; currentTarget: EventTarget | null }) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const index = Math.min(
      quarters.length - 1,
      Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * many)),
    );
    point(index);
    return index;
  };
  return (
    <figure class="quarters">
      <div
        class="quarters-plot"
        role="slider"
        tabIndex={0}
        aria-label="A quarter of an hour; Enter shows its deliveries"
        aria-valuemin={0}
        aria-valuemax={many - 1}
        aria-valuenow={shown < 0 ? many - 1 : shown}
        aria-valuetext={pointed ? quarterInWords(pointed) : "none chosen"}
        onKeyDown={key}
        onBlur={() => point(null)}
        onPointerMove={under}
        onPointerLeave={() => point(null)}
        onClick={(event) => choose(under(event))}
        data-test="quarters"
      >
        <svg width="100%" height={height} aria-hidden="true">
          {[0.25, 0.5, 0.75].map((share) => (
            <line key={share} class="grid" x1={`${share * 100}%`} x2={`${share * 100}%`} y1="0" y2={height} />
          ))}
          {pointed && <rect class="pointed" x={percent(shown)} width={percent(1)} y="0" height={height} />}
          {quarters.map(({ time, delivered, failed }, index) => {
            const good = tall(delivered);
            const bad = tall(failed);
            return (
              <g key={time}>
                {good > 0 && (
                  <rect
                    class="arrived"
                    x={`${((index + 0.08) / many) * 100}%`}
                    width={`${(0.84 / many) * 100}%`}
                    y={height - good}
                    height={good}
                    rx="1"
                  />
                )}
                {bad > 0 && (
                  <rect
                    class="failed"
                    x={`${((index + 0.08) / many) * 100}%`}
                    width={`${(0.84 / many) * 100}%`}
                    y={Math.max(0, height - good - bad - (good ? 1 : 0))}
                    height={bad}
                    rx="1"
                  />
                )}
              </g>
            );
          })}
          <line class="base" x1="0" x2="100%" y1={height - 0.5} y2={height - 0.5} />
        </svg>
        {note && !pointed && (
          <div
            class={note.index < many / 2 ? "quarters-note from" : "quarters-note till"}
            style={note.index < many / 2 ? { left: percent(note.index) } : { right: percent(many - 1 - note.index) }}
          >
            {note.words}
          </div>
        )}
        {pointed && (
          <div
            class={shown < many / 2 ? "quarters-tip from" : "quarters-tip till"}
            style={shown < many / 2 ? { left: percent(shown) } : { right: percent(many - 1 - shown) }}
          >
            {quarterInWords(pointed)}
          </div>
        )}
      </div>
      <QuarterTable quarters={quarters} />
    </figure>
  );
}

/** What a chart's times are, below it. */
export function QuarterAxis({ quarters }: { quarters: readonly Quarter[] }) {
  const first = quarters[0] ? Date.parse(quarters[0].time) : null;
  if (first === null) return null;
  const span = quarters.length * QUARTER;
  return (
    <div class="quarters-axis" aria-hidden="true">
      <span>
        {shortClock(first)}
        {day(first) !== day(first + span) && <span class="axis-day"> yesterday</span>}
      </span>
      {[0.25, 0.5, 0.75].map((share) => (
        <span key={share} style={{ left: `${share * 100}%` }}>
          {shortClock(first + span * share)}
        </span>
      ))}
      <span>now</span>
    </div>
  );
}

/** The same for readers; quarters in which nothing happened are left out. */
function QuarterTable({ quarters }: { quarters: readonly Quarter[] }) {
  return (
    <div class="readers">
      <table>
        <caption>The last 24 hours, by the quarter of an hour</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Delivered</th>
            <th scope="col">Failed tries</th>
          </tr>
        </thead>
        <tbody>
          {quarters
            .filter(({ delivered, failed }) => delivered + failed > 0)
            .map(({ time, delivered, failed }) => (
              <tr key={time}>
                <th scope="row">{shortClock(Date.parse(time))}</th>
                <td>{count(delivered)}</td>
                <td>{count(failed)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
