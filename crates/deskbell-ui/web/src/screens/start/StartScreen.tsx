// The first visit: a page that already works. An address, a button that rings it, a line for the terminal, four checks.

import { ConciergeBell, SquareTerminal, Webhook } from "lucide-preact";
import type { RenderableProps } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { Deaf, deaf } from "../../components/Deaf";
import { loaded } from "../../state/account";
import { Checks } from "../../state/checks";
import { useStore } from "../../state/follow";
import { openFirst, opening } from "../../state/opening";
import { shorten } from "../../words/bytes";
import { Arriving } from "./Arriving";
import { CheckList } from "./CheckList";

const RINGERS = ["curl", "HTTPie", "Python", "Node"] as const;
type Ringer = (typeof RINGERS)[number];

function line(ringer: Ringer, url: string): string {
  switch (ringer) {
    case "curl":
      return `curl -d hello ${url}`;
    case "HTTPie":
      return `http --raw hello POST ${url}`;
    case "Python":
      return `python3 -c "import urllib.request as r; r.urlopen('${url}', b'hello')"`;
    case "Node":
      return `node -e "fetch('${url}', {method: 'POST', body: 'hello'})"`;
  }
}

/** @param onLeave shows what is behind this page, when something is. */
export function StartScreen({ onLeave }: RenderableProps<{ onLeave?: () => void }>) {
  const [error, setError] = useState<unknown>(null);
  const [ringer, setRinger] = useState<Ringer>("curl");
  const found = opening();
  const key = found ? `${found.inbox.id} ${found.webhook.id}` : null;
  const checks = useStore(() => (found ? new Checks(found) : null), [key]);
  useEffect(() => {
    if (loaded.value && !found) openFirst().catch(setError);
  }, [loaded.value, key]);

  if (!found || !checks) {
    return (
      <div class="reading">
        <Fault error={error}>The first inbox could not be opened.</Fault>
        {!error && (
          <p class="empty" role="status">
            Opening your first inbox
          </p>
        )}
      </div>
    );
  }
  const { inbox } = found;
  const command = line(ringer, inbox.url);
  const ring = () => checks.ring().then(() => setError(null), setError);
  return (
    <div class="start" data-test="start">
      <div class="start-main">
        <h1>Your inbox is open. Ring it.</h1>
        <p class="start-lead second">
          It takes any webhook, keeps what arrives and answers. A webhook of yours already points here, so you will see
          what was sent beside what was received.
        </p>
        <h2 class="legend">Inbox address</h2>
        <div class="value-box large">
          <span class="mono" data-test="inbox-url">
            {inbox.url}
          </span>
          <Copy text={inbox.url} what="the address" label="Copy" />
        </div>
        <p class="quiet small">
          Any method, any path below it, bodies up to 1 MiB. Whoever knows the address can post to it.
        </p>
        <div class="start-ways card">
          <div>
            <Button
              kind="main"
              size="large"
              icon={ConciergeBell}
              busy="Booking"
              off={deaf(inbox)}
              onPress={ring}
              test="ring"
            >
              Send me a booking
            </Button>
            <p class="second">
              A guest books a demo; <b>booking.scheduled</b> goes out, signed.
            </p>
          </div>
          <div>
            <div class="code">
              <pre title={command} tabIndex={0}>
                $ {command.replace(inbox.url, shorten(inbox.url, 34))}
              </pre>
              <Copy text={command} what="the line" />
            </div>
            <p class="second">
              Or ring from outside. It will say unsigned, because only Deskbell holds the secret.{" "}
              {RINGERS.map((one) => (
                <button
                  key={one}
                  type="button"
                  class={one === ringer ? "word-choice strong" : "word-choice second"}
                  aria-pressed={one === ringer}
                  onClick={() => setRinger(one)}
                >
                  {one}
                </button>
              ))}
            </p>
          </div>
        </div>
        <Deaf inbox={inbox} />
        <Fault error={error} />
        <CheckList checks={checks} onLeave={onLeave} />
        <p class="start-links">
          <a href="#/webhooks?new=1">
            <Webhook size={14} aria-hidden="true" />
            Point a webhook at your own handler
          </a>
          <a href="#/keys">
            <SquareTerminal size={14} aria-hidden="true" />
            Make an API key
          </a>
        </p>
      </div>
      <Arriving inbox={inbox} />
    </div>
  );
}
