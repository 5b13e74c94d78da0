// How a request to this webhook is made: what holds for every one of them.
import type { Webhook } from "../../api/objects";
import { inboxAt, session } from "../../state/account";
import { visible } from "../../words/bytes";
import { at, givesUp, spell, utc } from "../../words/time";

const made = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });

export function HowWeSend({ webhook }: { webhook: Webhook }) {
  const inbox = inboxAt(webhook.url);
  const settings = session.value?.settings;
  const total = settings ? settings.timeout_ms / 1000 : null;
  const answer = Math.min(15, total ?? 15);
  const facts: readonly (readonly [string, preact.ComponentChildren])[] = [
    [
      "Address",
      inbox ? (
        <>
          your inbox{" "}
          <a href={`#/inboxes/${inbox.id}`}>
            <bdi>{visible(inbox.name)}</bdi>
          </a>
        </>
      ) : (
        secure(webhook.url)
      ),
    ],
    ["Request", "POST, JSON, the same bytes each try"],
    ["Signed", "HMAC-SHA256, fresh for each try"],
    [
      "Waits",
      total === null ? `at most ${answer} s for an answer` : `${spell(total)} in all, ${spell(answer)} for an answer`,
    ],
    ["Delivered", "any 2xx"],
    ...(settings ? [["Gives up", givesUp(settings.retry_window_seconds)] as const] : []),
    ["Redirects", "not followed, count as failure"],
    ["Turned off", "on a 410, or when all tries are in vain"],
    ["Version", webhook.api_version],
    ["Made", <span title={utc(at(webhook.creation_time))}>{made.format(at(webhook.creation_time))}</span>],
  ];
  return (
    <section class="card" aria-labelledby="how-title" data-test="how-we-send">
      <h2 id="how-title">How we send</h2>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name} class="fact-row">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const secure = (url: string): string =>
  url.startsWith("https:") ? "over TLS, certificate checked" : "plain http, open to anybody on the way";
