// The tries by what became of them: columns over time, one bar of all, and a list with counts and shares.
import { Ban, CircleCheck, CircleX, CornerDownRight, Hourglass, Lock, type LucideIcon, Unplug } from "lucide-preact";
import type { Operator, SeriesStep } from "../../api/objects";
import { type Column, StackChart } from "../../components/StackChart";
import { count } from "../../words/bytes";
import { share } from "../../words/figures";
import { word } from "../../words/outcome";
import { inRange, rangeOf, secondsOf, spanInWords, spanOf } from "../../words/range";
import { at } from "../../words/time";

/** The outcomes in groups that a person tells apart; whatever else there is stands by its own name. */
const GROUPS: readonly { word: string; outcomes: readonly string[]; icon: LucideIcon; tone: string }[] = [
  { word: "answered 2xx", outcomes: ["delivered"], icon: CircleCheck, tone: "good" },
  { word: "answered otherwise", outcomes: ["http_status"], icon: CircleX, tone: "bad" },
  {
    word: "timeout",
    outcomes: ["head_timeout", "total_timeout", "write_timeout", "connect_timeout", "dns_timeout", "tls_timeout"],
    icon: Hourglass,
    tone: "wait",
  },
  {
    word: "refused or reset",
    outcomes: ["connect_refused", "connection_reset", "connection_closed", "network_unreachable"],
    icon: Unplug,
    tone: "bad",
  },
  { word: "no such name", outcomes: ["dns_not_found", "dns_failure", "dns_no_address"], icon: CircleX, tone: "bad" },
  {
    word: "TLS failed",
    outcomes: [
      "tls_expired",
      "tls_not_yet_valid",
      "tls_untrusted",
      "tls_name_mismatch",
      "tls_not_tls",
      "tls_version",
      "tls_negotiation",
      "tls_client_cert_required",
    ],
    icon: Lock,
    tone: "bad",
  },
  { word: "redirect", outcomes: ["redirect_refused"], icon: CornerDownRight, tone: "quiet" },
  { word: "blocked address", outcomes: ["address_blocked"], icon: Ban, tone: "quiet" },
];

interface Counted {
  word: string;
  title: string;
  icon: LucideIcon;
  tone: string;
  many: number;
}

function counted(series: readonly SeriesStep[]): Counted[] {
  const sums = new Map<string, number>();
  for (const { attempts } of series)
    for (const [outcome, many] of Object.entries(attempts)) sums.set(outcome, (sums.get(outcome) ?? 0) + many);
  const grouped = GROUPS.map(({ outcomes, ...group }) => {
    const parts = outcomes.map((outcome) => [outcome, sums.get(outcome) ?? 0] as const).filter(([, many]) => many > 0);
    return {
      ...group,
      title: parts.map(([outcome, many]) => `${word(outcome, null)} ${count(many)}`).join(", "),
      many: parts.reduce((sum, [, many]) => sum + many, 0),
    };
  });
  const known = new Set(GROUPS.flatMap(({ outcomes }) => outcomes));
  const others = [...sums]
    .filter(([outcome]) => !known.has(outcome))
    .map(([outcome, many]) => ({
      word: word(outcome, null),
      title: outcome,
      icon: CircleX,
      tone: "bad",
      many,
    }));
  const [good, ...bad] = grouped;
  return [...(good ? [good] : []), ...[...bad, ...others].sort((a, b) => b.many - a.many)].filter(
    ({ many }) => many > 0,
  );
}

/** Columns at most: of more none can be told from the next. */
const COLUMNS = 96;

/** The time that the chart stands for: it ends with what was measured last. */
function windowOf(state: Operator): { from: number; till: number } {
  const till = at(state.series.at(-1)?.time ?? "") || Date.now();
  return { from: till - spanOf(rangeOf(state.range)), till };
}

/** The steps, of an hour as many together as make a minute. */
function columns(state: Operator): Column[] {
  const { series, step_seconds: step } = state;
  const together = Math.max(1, Math.round(spanOf(rangeOf(state.range)) / 1000 / step / COLUMNS));
  const found: Column[] = [];
  for (let end = series.length; end > 0; end -= together) {
    const steps = series.slice(Math.max(0, end - together), end);
    const [first, last] = [steps[0], steps.at(-1)];
    if (!first || !last) break;
    const from = at(first.time) - secondsOf(state, first) * 1000;
    const parts = counted(steps);
    const many = parts.map(({ word: name, many }) => `${count(many)} ${name}`).join(", ") || "no try ended";
    const till = at(last.time);
    found.unshift({ from, till, parts, words: `${spanInWords(state, from, till)}: ${many}.` });
  }
  return found;
}

export function Outcomes({ state }: { state: Operator }) {
  const list = counted(state.series);
  const whole = list.reduce((sum, { many }) => sum + many, 0);
  return (
    <section class="card outcomes" aria-labelledby="outcomes-title" data-test="outcomes">
      <header>
        <h2 id="outcomes-title">Attempts by outcome</h2>
        <span class="second number">
          {count(whole)} {inRange(state)}
        </span>
      </header>
      {whole === 0 ? (
        <p class="second">No try ended {inRange(state)}.</p>
      ) : (
        <>
          <StackChart
            label={`Attempts by outcome over time, ${inRange(state)}`}
            columns={columns(state)}
            {...windowOf(state)}
            test="chart-outcomes"
          />
          <div class="share-bar" aria-hidden="true">
            {list.map((one) => (
              <i key={one.word} class={one.tone} style={{ flexGrow: String(one.many) }} />
            ))}
          </div>
          <table>
            <caption class="readers">Attempts by outcome, {inRange(state)}</caption>
            <thead class="readers">
              <tr>
                <th scope="col">Outcome</th>
                <th scope="col">Attempts</th>
                <th scope="col">Share</th>
              </tr>
            </thead>
            <tbody>
              {list.map(({ word: name, title, icon: Icon, tone, many }) => (
                <tr key={name} title={title}>
                  <th scope="row">
                    <Icon size={15} class={tone} aria-hidden="true" />
                    {name}
                  </th>
                  <td class="number second">{count(many)}</td>
                  <td class="number second">{share(many, whole)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}
