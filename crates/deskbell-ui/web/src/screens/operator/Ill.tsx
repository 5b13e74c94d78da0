// The webhooks that do not do well, and below them the slowest of those that do.

import { Snail } from "lucide-preact";
import type { ComponentChildren } from "preact";
import type { Operator } from "../../api/objects";
import { HealthIcon } from "../../components/HealthMark";
import { webhook as known, session } from "../../state/account";
import { now } from "../../state/clock";
import { to } from "../../state/route";
import { plural, visible } from "../../words/bytes";
import { atMost } from "../../words/figures";
import { age, at, duration, utc } from "../../words/time";

export function Ill({ state: { ill, slow, webhooks, resting } }: { state: Operator }) {
  return (
    <section class="card ill" aria-labelledby="ill-title" data-test="ill">
      <header>
        <h2 id="ill-title">Ill webhooks</h2>
        {slow.length > 0 && <span class="quiet">and the slowest healthy ones</span>}
        <span class="second number">
          {plural(webhooks, "webhook")} rung{resting > 0 && `, ${resting} at rest`}
        </span>
      </header>
      {ill.length === 0 && (
        <p class="ill-none second">
          {slow.length > 0 ? "None is ill." : "None is ill, and none takes a second or longer."}
        </p>
      )}
      <ul>
        {ill.map((one) => (
          <Row key={one.webhook} {...one} icon={<HealthIcon state={one.state} size={16} />} sentence={one.sentence}>
            {one.since ? (
              <>
                <span>{one.state === "disabled" ? "turned off" : "last success"}</span>
                <span class="quiet" title={utc(at(one.since))}>
                  {spoken(at(one.since))}
                </span>
              </>
            ) : (
              <span class="quiet">no success yet</span>
            )}
          </Row>
        ))}
        {slow.map((one) => (
          <Row
            key={one.webhook}
            {...one}
            icon={<Snail size={16} class="quiet" aria-hidden="true" />}
            sentence={`Slow but well: 95 of 100 tries took at most ${duration(one.p95_ms)}.`}
          >
            <span>p95 {atMost(one.p95_ms)}</span>
            <span class="quiet">last hour</span>
          </Row>
        ))}
      </ul>
    </section>
  );
}

/** A webhook of another account has no page here. */
function Row({
  webhook,
  account,
  name,
  icon,
  sentence,
  children,
}: {
  webhook: string;
  account: string;
  name: string;
  icon: ComponentChildren;
  sentence: string;
  children: ComponentChildren;
}) {
  const isOurs = !!known(webhook);
  return (
    <li class="ill-row" data-test="ill-row" data-id={webhook}>
      {icon}
      <span class="ill-name">
        {isOurs ? (
          <a class="cut" href={to(["webhooks", webhook])}>
            <bdi>{visible(name)}</bdi>
          </a>
        ) : (
          <b class="cut">
            <bdi>{visible(name)}</bdi>
          </b>
        )}
        <span class="quiet cut">
          {account === session.value?.account ? "this account" : <span class="mono">{account}</span>}
        </span>
      </span>
      <span class="foreign">{visible(sentence)}</span>
      <span class="ill-end second number">{children}</span>
    </li>
  );
}

function spoken(time: number): string {
  const text = age(time, now.value);
  if (text === "now") return "just now";
  return / (s|min)$/.test(text) ? `${text} ago` : text;
}
