// How the webhook does: a sentence, four figures, and the last 24 hours in bars of a quarter of an hour.

import type { ComponentChildren } from "preact";
import { get } from "../../api/client";
import type { Attempt, Health, List } from "../../api/objects";
import { HealthIcon } from "../../components/HealthMark";
import { QuarterAxis, QuarterChart } from "../../components/QuarterChart";
import { QuarterLine } from "../../components/QuarterLine";
import { now } from "../../state/clock";
import { useOnce } from "../../state/follow";
import { count, plural } from "../../words/bytes";
import { atMost } from "../../words/figures";
import { parts, percent, QUARTER, type Quarter, worst } from "../../words/health";
import { word as causeOf } from "../../words/outcome";
import { duration, shortClock, spell, zone } from "../../words/time";

interface Props {
  webhook: string;
  health: Health;
  chosen: string | null;
  onChoose: (quarter: Quarter | null) => void;
}

export function HealthCard({ webhook, health, chosen, onChoose }: Props) {
  const { quarters } = health;
  const [word, rest] = parts(health);
  const bad = worst(quarters);
  const cause = useCause(webhook, bad && quarters[bad.from]?.time, bad && quarters[bad.till]?.time);
  const peak = Math.max(0, ...quarters.map(({ attempts }) => attempts));
  const slowest = quarters.reduce<Quarter | null>(
    (found, quarter) => ((quarter.p95_ms ?? 0) > (found?.p95_ms ?? 0) ? quarter : found),
    null,
  );
  return (
    <section class="card health" aria-labelledby="health-title" data-test="health-card" data-state={health.state}>
      <div class="health-head">
        <h2 class="readers" id="health-title">
          Health
        </h2>
        <HealthIcon state={health.state} size={20} />
        <p>
          <b>{word}</b>
          <span class="second">{rest}</span>
        </p>
      </div>
      <Figures health={health} />
      <div class="health-charts">
        <div class="chart-head">
          <h3>
            Deliveries <span class="second">per 15 minutes{peak > 0 && `, ${count(peak)} at most`}</span>
          </h3>
          <span class="chart-key second">
            <span>
              <i class="arrived" aria-hidden="true" /> arrived
            </span>
            <span>
              <i class="failed" aria-hidden="true" /> failed tries
            </span>
          </span>
        </div>
        <QuarterChart
          quarters={quarters}
          chosen={chosen}
          onChoose={onChoose}
          note={
            bad && {
              index: Math.round((bad.from + bad.till) / 2),
              words: <Worst bad={bad} quarters={quarters} cause={cause} />,
            }
          }
        />
        {slowest?.p95_ms != null && (
          <>
            <div class="chart-head">
              <h3>
                Answer time <span class="second">p95</span>
              </h3>
              <span class="second">
                peak {atMost(slowest.p95_ms)} at {shortClock(Date.parse(slowest.time))}
              </span>
            </div>
            <QuarterLine
              values={quarters.map(({ p95_ms }) => p95_ms)}
              label={`Answer time, p95, by quarter of an hour; the peak was at most ${duration(slowest.p95_ms)} at ${shortClock(Date.parse(slowest.time))}`}
            />
          </>
        )}
        <QuarterAxis quarters={quarters} />
        <p class="readers">Times are in {zone}.</p>
      </div>
    </section>
  );
}

function Figures({ health }: { health: Health }) {
  const { in_flight: flight, pending } = health;
  const sum = (of: (quarter: Quarter) => number) => health.quarters.reduce((total, quarter) => total + of(quarter), 0);
  const [delivered, first] = [sum((one) => one.delivered), sum((one) => one.first_try)];
  const waiting = Math.max(0, pending - flight);
  const next = health.next_attempt_time ? Math.ceil((Date.parse(health.next_attempt_time) - now.value) / 1000) : 0;
  const then = next > 0 ? `next try in ${spell(next)}` : "";
  return (
    <dl class="figures">
      <Figure
        label="Delivered"
        value={health.success_share == null ? null : percent(health.success_share)}
        unit="%"
        below={`${plural(delivered, "answer")} 2xx`}
      />
      <Figure
        label="On the first try"
        value={delivered ? percent(first / delivered) : null}
        unit="%"
        below={delivered > first ? `${count(delivered - first)} needed another` : "none needed another"}
      />
      <Figure
        label="Answer time, p95"
        {...split(health.p95_ms ?? null)}
        below={health.median_ms == null ? "" : `median ${atMost(health.median_ms)}`}
      />
      {flight > 0 ? (
        <Figure
          label="Right now"
          value={count(flight)}
          unit="in flight"
          below={waiting ? `${count(waiting)} waiting` : "none waiting"}
        />
      ) : (
        <Figure
          label="Right now"
          value={count(pending)}
          unit="waiting"
          below={pending ? then || "its turn comes" : "nothing is owed"}
        />
      )}
    </dl>
  );
}

function Figure({
  label,
  value,
  unit,
  below,
}: {
  label: string;
  value: string | null;
  unit: string;
  below: ComponentChildren;
}) {
  return (
    <div>
      <dt class="second">{label}</dt>
      <dd class="number">
        <span class="figure">
          {value ?? <span class="quiet">–</span>}
          {value !== null && unit && <small>{unit}</small>}
        </span>
        <span class="second">{value === null ? "nothing to measure yet" : below}</span>
      </dd>
    </div>
  );
}

/** A duration as a figure and its unit. */
function split(ms: number | null): { value: string | null; unit: string } {
  if (ms === null) return { value: null, unit: "" };
  const [sign = "", value = "", ...unit] = atMost(ms).split(" ");
  return { value: `${sign} ${value}`, unit: unit.join(" ") };
}

function Worst({
  bad,
  quarters,
  cause,
}: {
  bad: { from: number; till: number; failed: number };
  quarters: readonly Quarter[];
  cause: string | null;
}) {
  const from = Date.parse(quarters[bad.from]?.time ?? "");
  const till = Date.parse(quarters[bad.till]?.time ?? "") + QUARTER;
  return (
    <>
      <b class="bad">
        {shortClock(from)} to {bad.till === quarters.length - 1 ? "now" : shortClock(till)}
        {cause && `, ${cause}`}
      </b>
      <span class="second">{plural(bad.failed, "try", "tries")} failed</span>
    </>
  );
}

/** What most of the failures of that time have in common, as far as the newest hundred tries tell. */
function useCause(webhook: string, from: string | null | undefined, till: string | null | undefined): string | null {
  const found = useOnce(async () => {
    if (!from || !till) return null;
    const before = new Date(Date.parse(till) + QUARTER).toISOString();
    const bounds = { "started_time.gt": from, "started_time.lt": before };
    return get<List<Attempt>>("attempts", { webhook, ...bounds, limit: 100 });
  }, [webhook, from, till]);
  const counts = new Map<string, number>();
  for (const { outcome, response } of found.answer.value?.data ?? []) {
    if (outcome === "delivered") continue;
    const words = response ? `answered ${response.status_code}` : causeOf(outcome, null);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
