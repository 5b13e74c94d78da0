// Columns over time, each of parts that lie on one another, drawn by hand: a column can be pointed at, by pointer or by arrow keys, and
// says a sentence. A table stands behind it.
import "../styles/charts.css";
import { count } from "../words/bytes";
import { mark } from "../words/range";
import { useSteps } from "./pointing";

export interface Column {
  /** When it begins and ends, in milliseconds. */
  from: number;
  till: number;
  parts: readonly { word: string; tone: string; many: number }[];
  /** What it says. */
  words: string;
}

interface Props {
  label: string;
  columns: readonly Column[];
  /** The time that the width stands for, in milliseconds. */
  from: number;
  till: number;
  height?: number;
  test: string;
}

/** Columns of a page: an hour of quarters. */
const PAGE = 4;

const sum = ({ parts }: Column): number => parts.reduce((all, { many }) => all + many, 0);

export function StackChart({ label, columns, from, till, height = 96, test }: Props) {
  const say = (index: number) => columns[index]?.words ?? "";
  const { shown: at, point, slider } = useSteps({ label, count: columns.length, say, page: PAGE, test });
  const span = Math.max(1, till - from);
  const most = Math.max(1, ...columns.map(sum));
  const place = (time: number) => ((time - from) / span) * 100;
  const shown = at !== null ? columns[at] : undefined;
  const under = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const wanted = from + ((event.clientX - box.left) / box.width) * span;
    const index = columns.findIndex(({ from, till }) => wanted >= from && wanted < till);
    point(index < 0 ? null : index);
  };
  return (
    <figure class="stacks">
      <div class="stacks-plot" onPointerMove={under} onPointerDown={under} {...slider}>
        <svg width="100%" height={height} viewBox={`0 0 100 ${height}`} preserveAspectRatio="none" aria-hidden="true">
          {shown && (
            <rect class="pointed" x={place(shown.from)} width={place(shown.till) - place(shown.from)} height={height} />
          )}
          {columns.map((column) => {
            const wide = place(column.till) - place(column.from);
            let under = 0;
            return (
              <g key={column.from}>
                {column.parts.map(({ word, tone, many }) => {
                  // What is there is seen.
                  const tall = many === 0 ? 0 : Math.max(1.5, (many / most) * height);
                  under += tall;
                  return (
                    <rect
                      key={word}
                      class={tone}
                      x={place(column.from) + wide * 0.1}
                      width={wide * 0.8}
                      y={Math.max(0, height - under)}
                      height={tall}
                    />
                  );
                })}
              </g>
            );
          })}
          <line class="base" x1="0" x2="100" y1={height - 0.5} y2={height - 0.5} />
        </svg>
        {shown && (
          <div
            class="quarters-tip stacks-tip"
            style={
              place(shown.from) < 50 ? { left: `${place(shown.from)}%` } : { right: `${100 - place(shown.till)}%` }
            }
            aria-hidden="true"
          >
            {shown.words}
          </div>
        )}
      </div>
      <div class="lines-times number quiet" aria-hidden="true">
        {[0, 0.5, 1].map((part) => (
          <span key={part} style={{ left: `${part * 100}%` }}>
            {mark(from + part * span, span)}
          </span>
        ))}
      </div>
      <div class="readers">
        <table>
          <caption>{label}</caption>
          <tbody>
            {columns
              .filter((column) => sum(column) > 0)
              .map((column) => (
                <tr key={column.from}>
                  <th scope="row">{column.words}</th>
                  <td>{count(sum(column))}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}
