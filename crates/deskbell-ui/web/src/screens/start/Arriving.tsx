// What arrives at the inbox while the first page is open, newest first.

import { CircleCheck, CircleDashed, CircleX, Send } from "lucide-preact";
import type { Capture, Inbox } from "../../api/objects";
import { Trigger } from "../../components/Outcome";
import { Captures } from "../../state/captures";
import { now } from "../../state/clock";
import { useStore } from "../../state/follow";
import { textOf } from "../../words/body";
import { bytes, count, visible } from "../../words/bytes";
import { age, at } from "../../words/time";

const SHOWN = 30;

export function Arriving({ inbox }: { inbox: Inbox }) {
  const captures = useStore(() => new Captures(inbox.id), [inbox.id]).list.value.slice(0, SHOWN);
  const total = Math.max(inbox.captured, captures[0]?.number ?? 0);
  return (
    <aside class="arriving" aria-label="Arriving">
      <header>
        <h2>Arriving</h2>
        <a class="tag" href={`#/inboxes/${inbox.id}`}>
          <bdi>{inbox.name}</bdi>
        </a>
        <span class="quiet number">{count(total)} so far</span>
      </header>
      <ol>
        {captures.map((capture) => (
          <li key={capture.id} data-test="arrival">
            <Answered status={capture.answered_status ?? null} />
            <span>
              <What capture={capture} />
            </span>
            <span class="quiet number">{age(at(capture.received_time), now.value)}</span>
          </li>
        ))}
        <li class="next quiet">
          <CircleDashed size={15} aria-hidden="true" />
          The next arrival goes here
        </li>
      </ol>
    </aside>
  );
}

function Answered({ status }: { status: number | null }) {
  if (status === null)
    return (
      <span class="outcome accent">
        <Send size={15} aria-hidden="true" />
        waiting
      </span>
    );
  const good = status < 300;
  const Icon = good ? CircleCheck : CircleX;
  return (
    <span class={good ? "outcome good" : "outcome bad"}>
      <Icon size={15} aria-hidden="true" />
      {status}
    </span>
  );
}

function What({ capture }: { capture: Capture }) {
  const text = textOf(capture);
  if (capture.delivery_of) {
    const type = /"type":"([a-z_.]+)"/.exec(text)?.[1];
    return (
      <>
        {type ? <Trigger type={type} /> : <b>{capture.method}</b>}{" "}
        <span class={capture.delivery_of.signature === "valid" ? "tag good" : "tag bad"}>
          {capture.delivery_of.signature === "valid" ? "verified" : "does not verify"}
        </span>
      </>
    );
  }
  return (
    <>
      <b>{capture.method}</b>{" "}
      <span class={capture.body_bytes ? "tag wait" : "tag"}>{capture.body_bytes ? "unsigned" : "no body"}</span>
      <span class="second cut arrival-text mono foreign">
        {capture.body_bytes ? visible(text.slice(0, 60)) : `${bytes(0)}, ${capture.path || "/"}`}
      </span>
    </>
  );
}
