// The anonymous tester, alone on its page: an address for a day, and what arrives there. Nobody is signed in.

import { ConciergeBell, Moon, RotateCw, Sun } from "lucide-preact";
import { useEffect } from "preact/hooks";
import type { AnonymousInbox } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { BellMark } from "../../components/Mark";
import { now } from "../../state/clock";
import { useStore } from "../../state/follow";
import { create, readFragment, refused, Tester, token } from "../../state/tester";
import { isDark, setTheme } from "../../state/theme";
import { shell } from "../../words/snippets";
import { at, moment, spell } from "../../words/time";
import { Arrivals } from "./Arrivals";
import "../../styles/lines.css";
import "../../styles/inboxes.css";
import "../../styles/tester.css";

export function TesterScreen() {
  useEffect(() => {
    document.title = "Tester · Deskbell";
    readFragment();
    addEventListener("hashchange", readFragment);
    return () => removeEventListener("hashchange", readFragment);
  }, []);
  const named = token.value;
  const tester = useStore(() => (named ? new Tester(named) : null), [named]);
  return (
    <div class="frame">
      <Bar />
      <main id="main" class="tester" tabIndex={-1}>
        {tester?.ended.value ? (
          <Ended />
        ) : tester?.inbox.value ? (
          <Address key={named} tester={tester} inbox={tester.inbox.value} />
        ) : (
          <Opening tester={tester} />
        )}
      </main>
    </div>
  );
}

function Bar() {
  const dark = isDark();
  const ThemeIcon = dark ? Sun : Moon;
  return (
    <header class="top">
      <span class="brand">
        <BellMark />
        <span>Deskbell</span>
      </span>
      <div class="top-right">
        <button
          type="button"
          class="icon-button"
          aria-label={dark ? "Light theme" : "Dark theme"}
          title={dark ? "Light theme" : "Dark theme"}
          onClick={() => setTheme(dark ? "light" : "dark")}
          data-test="theme"
        >
          <ThemeIcon size={16} aria-hidden="true" />
        </button>
        <a class="button ghost" href="./sign-in" data-test="sign-in">
          Sign in
        </a>
      </div>
    </header>
  );
}

function Opening({ tester }: { tester: Tester | null }) {
  const error = refused.value;
  return (
    <div class="tester-head">
      <Fault error={error}>
        No address was opened.{" "}
        <button type="button" class="link" onClick={readFragment}>
          Try again
        </button>
      </Fault>
      {!error && (
        <p class="empty" role="status">
          {tester?.offline.value ? "Deskbell does not answer. We try again every 3 s." : "Opening an address"}
        </p>
      )}
    </div>
  );
}

function Address({ tester, inbox }: { tester: Tester; inbox: AnonymousInbox }) {
  const command = `curl -d 'hello' ${shell(inbox.url)}`;
  return (
    <>
      <div class="tester-head">
        <h1>Your address is open. Ring it.</h1>
        <p class="second tester-lead">
          It takes any webhook, answers 200, and shows what arrived, byte for byte. No account is needed.
        </p>
        <div class="value-box large">
          <span class="mono" data-test="tester-url">
            {inbox.url}
          </span>
          <Copy text={inbox.url} what="the address" label="Copy" />
        </div>
        <div class="tester-ways">
          <Button
            kind="main"
            size="large"
            icon={ConciergeBell}
            busy="Sending"
            onPress={() => tester.ring()}
            test="ring"
          >
            Send it a request
          </Button>
          <div class="code">
            <pre title={command} tabIndex={0}>
              $ {command}
            </pre>
            <Copy text={command} what="the line" />
          </div>
        </div>
        <Fault error={refused.value} />
        <p class="quiet small tester-life">
          <span data-test="life">
            Open until {moment(at(inbox.expiry_time))}, another{" "}
            {spell(Math.max(0, at(inbox.expiry_time) - now.value) / 1000)}.
          </span>{" "}
          Bodies up to 128 KiB, 60 requests a minute; the newest 50 are kept.{" "}
          <button type="button" class="link" onClick={() => void create()} data-test="another">
            Open another address
          </button>
        </p>
      </div>
      <Arrivals tester={tester} />
      <p class="quiet small tester-foot">
        The link of this page reads the address: keep it to come back, and give it only to whoever may see what arrives.
      </p>
    </>
  );
}

function Ended() {
  return (
    <div class="empty" data-test="ended">
      <b>This address has ended</b>
      <p>It was open for 24 hours, and what it captured is gone; or the link is not whole.</p>
      <Fault error={refused.value} />
      <Button kind="main" size="large" icon={RotateCw} busy="Opening" onPress={create} test="another">
        Open a new address
      </Button>
    </div>
  );
}
