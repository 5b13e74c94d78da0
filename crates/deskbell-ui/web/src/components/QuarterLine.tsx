// A line through the quarters of an hour: a time in milliseconds each. Where nothing was measured, the line breaks.
import "../styles/charts.css";

interface Props {
  values: readonly (number | null | undefined)[];
  height?: number;
  /** What readers hear instead of the line. */
  label: string;
}

export function QuarterLine({ values, height = 44, label }: Props) {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const runs = split(values);
  const y = (value: number) => height - 4 - (value / most) * (height - 10);
  const x = (index: number) => index + 0.5;
  return (
    <svg
      class="quarter-line"
      width="100%"
      height={height}
      viewBox={`0 0 ${values.length} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {[0.25, 0.5, 0.75].map((share) => (
        <line key={share} class="grid" x1={share * values.length} x2={share * values.length} y1="0" y2={height} />
      ))}
      {runs.map((run) => {
        const points = run.map(([index, value]) => `${x(index)} ${y(value).toFixed(1)}`);
        const [first, last] = [run[0], run.at(-1)];
        if (!first || !last) return null;
        // A single measure is a dash as wide as its quarter.
        const line = run.length === 1 ? `M${first[0]} ${y(first[1]).toFixed(1)}h1` : `M${points.join("L")}`;
        return (
          <g key={first[0]}>
            {run.length > 1 && <path class="area" d={`${line}L${x(last[0])} ${height}L${x(first[0])} ${height}Z`} />}
            <path class="line" d={line} />
          </g>
        );
      })}
      <line class="base" x1="0" x2={values.length} y1={height - 0.5} y2={height - 0.5} />
    </svg>
  );
}

function split(values: Props["values"]): [number, number][][] {
  const runs: [number, number][][] = [];
  let run: [number, number][] | null = null;
  values.forEach((value, index) => {
    if (value === null || value === undefined) {
      run = null;
      return;
    }
    if (!run) {
      run = [];
      runs.push(run);
    }
    run.push([index, value]);
  });
  return runs;
}
