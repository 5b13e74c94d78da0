// Twenty-four hours in a hand's breadth: a bar for each half hour, what failed on top of what arrived. Always beside a number.
import "../styles/charts.css";
import { plural } from "../words/bytes";
import type { Quarter } from "../words/health";

interface Props {
  quarters: readonly Quarter[];
  width?: number;
  height?: number;
}

export function Sparkline({ quarters, width = 144, height = 24 }: Props) {
  const bars = halves(quarters);
  const most = Math.max(4, ...bars.map((bar) => bar.delivered + bar.failed));
  const step = width / Math.max(1, bars.length);
  const delivered = bars.reduce((sum, bar) => sum + bar.delivered, 0);
  const failed = bars.reduce((sum, bar) => sum + bar.failed, 0);
  const tall = (value: number) => (value === 0 ? 0 : Math.max(2, (value / most) * (height - 1)));
  return (
    <svg
      class="sparkline"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`The last 24 hours: ${plural(delivered, "delivery", "deliveries")} arrived, ${plural(failed, "try", "tries")} failed`}
    >
      <path class="base" d={`M0 ${height - 0.5}H${width}`} />
      {bars.map((bar, index) => {
        const good = tall(bar.delivered);
        const bad = tall(bar.failed);
        const x = index * step;
        return (
          <g key={index}>
            {good > 0 && <rect class="arrived" x={x} y={height - good} width={step - 1} height={good} />}
            {bad > 0 && (
              <rect class="failed" x={x} y={Math.max(0, height - good - bad)} width={step - 1} height={bad} />
            )}
          </g>
        );
      })}
    </svg>
  );
}

/** Two quarters in one bar: as thin as a bar can be and still be seen. */
function halves(quarters: readonly Quarter[]): { delivered: number; failed: number }[] {
  const bars: { delivered: number; failed: number }[] = [];
  for (let index = 0; index < quarters.length; index += 2) {
    const [a, b] = [quarters[index], quarters[index + 1]];
    bars.push({ delivered: (a?.delivered ?? 0) + (b?.delivered ?? 0), failed: (a?.failed ?? 0) + (b?.failed ?? 0) });
  }
  return bars;
}
