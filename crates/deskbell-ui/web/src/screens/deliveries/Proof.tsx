// The proof between the panes: bytes, signature, headers; what left, a verdict, what arrived. What was not seen says so.

import { Check, Equal, EqualNot, type LucideIcon, Minus, ShieldQuestionMark, X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import type { Attempt, Capture, Event } from "../../api/objects";
import { bytes, count, shorten } from "../../words/bytes";
import { isOut } from "../../words/cause";

interface Props {
  event: Event;
  attempt: Attempt;
  capture: Capture | undefined;
  /** The other side is no inbox of ours: what arrived there cannot be seen. */
  foreign: boolean;
  /** The other side is still looked for. */
  looking: boolean;
}

/** What stands on the wire beside the headers that the attempt lists. */
const FRAMING = ["host", "content-length", "accept-encoding"];

export function Proof({ event, attempt, capture, foreign, looking }: Props) {
  const signature = attempt.request.headers.find(([name]) => name?.toLowerCase() === "oncehub-signature")?.[1] ?? "";
  const of = capture?.delivery_of;
  const unseen = <Pill icon={Minus} tone="" word={looking ? "looking" : "not kept there"} />;
  if (foreign)
    return (
      <div class="proof-one" data-test="proof">
        <span>
          <b>{bytes(event.payload_bytes ?? 0)}</b> <Digest text={event.payload_sha256} />
        </span>
        <span>
          <b>Signed</b>{" "}
          <span class="mono second" title={signature}>
            {shorten(signature, 34)}
          </span>
        </span>
        <span>
          <b>{count(attempt.request.headers.length)} headers</b>
        </span>
        <span class="quiet">
          {isOut(attempt) ? "Not an inbox of ours: what arrived there is not known" : "Nothing left us"}
        </span>
      </div>
    );
  return (
    <div class="proof" data-test="proof">
      <Line
        ours={
          <>
            <b>{bytes(event.payload_bytes ?? 0)}</b> <Digest text={event.payload_sha256} />
          </>
        }
        theirs={
          capture && (
            <>
              <b>{bytes(capture.body_bytes)}</b> <Digest text={capture.body_sha256} />
            </>
          )
        }
        pill={
          !of ? (
            unseen
          ) : of.same_bytes ? (
            <Pill icon={Equal} tone="good" word="same bytes" />
          ) : (
            <Pill icon={EqualNot} tone="bad" word="other bytes" />
          )
        }
      />
      <Line
        ours={
          <>
            <b>Signed</b>{" "}
            <span class="mono second" title={signature}>
              {shorten(signature, 34)}
            </span>
          </>
        }
        theirs={
          capture && (
            <>
              <b>Checked</b> <span class="second">{checked(of?.signature)}</span>
            </>
          )
        }
        pill={!of ? unseen : (signatures[of.signature] ?? <Pill icon={X} tone="bad" word="does not verify" />)}
      />
      <Line
        ours={
          <>
            <b>{count(attempt.request.headers.length)} headers</b> <span class="second">in this order</span>
          </>
        }
        theirs={capture && <HeadersSeen attempt={attempt} capture={capture} />}
        pill={
          !capture ? (
            unseen
          ) : order(attempt, capture) ? (
            <Pill icon={Equal} tone="good" word="same order" />
          ) : (
            <Pill icon={EqualNot} tone="wait" word="changed" />
          )
        }
      />
    </div>
  );
}

function Line({ ours, pill, theirs }: { ours: ComponentChildren; pill: ComponentChildren; theirs: ComponentChildren }) {
  return (
    <div class="proof-line">
      <div class="cut">{ours}</div>
      <div class={theirs ? "proof-pill" : "proof-pill unseen"}>{pill}</div>
      <div class="cut">{theirs}</div>
    </div>
  );
}

function Pill({ icon: Icon, tone, word }: { icon: LucideIcon; tone: string; word: string }) {
  return (
    <span class={`pill ${tone}`}>
      <Icon size={13} strokeWidth={2.4} aria-hidden="true" />
      {word}
    </span>
  );
}

const signatures: Record<string, ComponentChildren> = {
  valid: <Pill icon={Check} tone="good" word="verifies" />,
  missing: <Pill icon={ShieldQuestionMark} tone="wait" word="unsigned" />,
  unknown: <Pill icon={Minus} tone="" word="secret is gone" />,
};

function checked(signature: string | undefined): string {
  switch (signature) {
    case "valid":
      return "with this webhook's secret";
    case "missing":
      return "no signature came";
    case "unknown":
      return "the webhook is deleted, and its secret with it";
    case "malformed":
      return "the header has another form";
    default:
      return "another secret, time or body";
  }
}

function Digest({ text }: { text: string | null | undefined }) {
  return text ? (
    <span class="mono second" title={text}>
      sha-256 {text.slice(0, 8)}…{text.slice(-8)}
    </span>
  ) : null;
}

/** Each header that was sent arrived with its value, in the order it was sent. */
function order(attempt: Attempt, capture: Capture): boolean {
  let from = 0;
  return attempt.request.headers.every(([name, value]) => {
    const at = capture.headers.findIndex(
      (header, index) => index >= from && header.name.toLowerCase() === name?.toLowerCase() && header.value === value,
    );
    from = at + 1;
    return at >= 0;
  });
}

function HeadersSeen({ attempt, capture }: { attempt: Attempt; capture: Capture }) {
  const sent = new Set(attempt.request.headers.map(([name]) => name?.toLowerCase()));
  const added = capture.headers.filter(
    ({ name }) => !sent.has(name.toLowerCase()) && !FRAMING.includes(name.toLowerCase()),
  ).length;
  return (
    <>
      <b>{count(capture.headers.length)} headers</b>{" "}
      <span class="second">{added ? `${added} added on the way` : "none added but the frame"}</span>
    </>
  );
}
