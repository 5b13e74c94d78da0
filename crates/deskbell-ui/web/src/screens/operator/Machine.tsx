// This process: what runs, how much is under way, how fast it writes, and where Prometheus reads the same.

import type { Operator } from "../../api/objects";
import { Copy } from "../../components/Copy";
import { count, plural } from "../../words/bytes";
import { duration } from "../../words/time";

export function Machine({ state }: { state: Operator }) {
  const { version, uptime_seconds: uptime, in_flight: flight, queued, commit, metrics } = state;
  return (
    <section class="card machine" aria-labelledby="machine-title" data-test="machine">
      <header>
        <h2 id="machine-title">This machine</h2>
      </header>
      <dl class="facts">
        <dt>Running</dt>
        <dd class="number">
          {version} for {running(uptime)}
        </dd>
        <dt>In flight</dt>
        <dd class="number">{plural(flight, "try", "tries")}</dd>
        <dt>Waiting</dt>
        <dd class="number">
          {queued === 0 ? "nothing" : `${count(queued)} ${queued === 1 ? "delivery" : "deliveries"}`}
        </dd>
        <dt>Commit</dt>
        <dd class="number">
          {commit.median_us == null
            ? "none yet"
            : `${duration(commit.median_us / 1000)} median${commit.p99_us == null ? "" : `, ${duration(commit.p99_us / 1000)} p99`}`}
        </dd>
        <dt>Metrics</dt>
        <dd>
          {metrics ? (
            <span class="nowrap">
              <span class="mono">{metrics.replace(/^http:\/\//, "")}</span> <Copy text={metrics} what="the address" />
            </span>
          ) : (
            <span class="quiet">not served; set metrics.listen</span>
          )}
        </dd>
      </dl>
    </section>
  );
}

/** `12 d 4 h`, `4 h 10 min`. */
function running(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  if (days > 0) return hours ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}
