// Their side: what was answered, and for an inbox of ours the request as it was received.

import { CircleCheck, Info } from "lucide-preact";
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Attempt, Capture, Inbox } from "../../api/objects";
import { BodyView } from "../../components/BodyView";
import { Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { Headers, pairs } from "../../components/Headers";
import { Tabs } from "../../components/Tabs";
import { useAdvice } from "../../state/advice";
import { bytesOf, textOf } from "../../words/body";
import { bytes, plural, visible } from "../../words/bytes";
import { cause, clockAhead, follows, mayBeSignature } from "../../words/cause";
import { charsetOf } from "../../words/media";
import { made, reasonPhrase } from "../../words/outcome";
import { spell } from "../../words/time";
import { TOLERANCE } from "../../words/verdict";

interface Props {
  attempt: Attempt;
  capture: Capture | undefined;
  inbox: Inbox | null;
  onHeader: (name: string, value: string) => void;
}

type Tab = "answer" | "headers" | "received" | "doctor";

export function AnswerPane({ attempt, capture, inbox, onHeader }: Props) {
  // A signature that may not have passed opens the doctor by itself.
  const [tab, setTab] = useState<Tab>(mayBeSignature(attempt) ? "doctor" : "answer");
  const { response } = attempt;
  const charset = response ? charsetOf(pairs(response.headers)) : undefined;
  const chosen = tab === "received" && !capture ? "answer" : tab;
  const tabs = [
    { key: "answer" as const, word: "Answer" },
    { key: "headers" as const, word: "Headers", count: response?.headers.length ?? 0 },
    ...(capture ? [{ key: "received" as const, word: "Request as received" }] : []),
    ...(response && attempt.outcome !== "delivered" ? [{ key: "doctor" as const, word: "Signature doctor" }] : []),
  ];
  return (
    <div class="side" data-test="answer">
      <Tabs label="Their answer" tabs={tabs} chosen={chosen} onChoose={setTab}>
        {chosen === "received" && capture ? (
          <Copy text={textOf(capture)} what="the request's body" />
        ) : (
          response && <Copy text={textOf(response, charset)} what="the answer's body" />
        )}
      </Tabs>
      {chosen === "received" && capture ? (
        <div class="stack tight">
          <p>
            <b>{capture.method}</b> <bdi class="mono second">{capture.path || "/"}</bdi>{" "}
            <span class="quiet">from {capture.remote_address}</span>
          </p>
          <Headers headers={capture.headers} />
          <BodyView body={capture} look="raw" name={`${capture.id}.bin`} />
        </div>
      ) : !response ? (
        <div class="stack tight">
          <p>
            <b class="bad">{made(attempt).word}</b>
          </p>
          <p class="second foreign">
            {visible(cause(attempt))}. {visible(follows(attempt))}
          </p>
        </div>
      ) : chosen === "doctor" ? (
        <div class="stack tight">
          <AnswerLine attempt={attempt} />
          <TheirClock attempt={attempt} always />
          <Examined attempt={attempt} />
        </div>
      ) : chosen === "headers" ? (
        <Headers headers={pairs(response.headers)} onValue={onHeader} />
      ) : (
        <div class="stack tight">
          <AnswerLine attempt={attempt} />
          <BodyView body={response} look="tree" charset={charset} name={`${attempt.id}-answer.bin`} />
          {response.body_truncated && <p class="quiet small">The first 16 kB are kept.</p>}
          {response.body_incomplete && <p class="wait small">The connection ended before the body did.</p>}
          <TheirClock attempt={attempt} />
          {/* What comes of another answer, the verdict says: this is what one like it would come to. */}
          {attempt.outcome === "delivered" && <Judged attempt={attempt} status={response.status_code} />}
          {inbox && inbox.answers.length > 0 && (
            <p class="second small">
              This inbox answers by a script of {plural(inbox.answers.length, "answer")}.{" "}
              <a href={`#/inboxes/${inbox.id}`}>Edit script</a>
            </p>
          )}
        </div>
      )}
    </div>
  );
}

function AnswerLine({ attempt }: { attempt: Attempt }) {
  const { response } = attempt;
  if (!response) return null;
  return (
    <p class="answer-line">
      <b class={made(attempt).tone}>{response.status_code}</b> <b>{reasonPhrase(response.status_code)}</b>
      <span class="quiet number">{response.body_truncated ? "more than 16 kB" : bytes(bytesOf(response).length)}</span>
    </p>
  );
}

/** Fetched when it is wanted: the first page does without. */
function Examined({ attempt }: { attempt: Attempt }) {
  const [doctor, show] = useState<{ Doctor: FunctionComponent<{ of: string; came: boolean }> } | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    import("../inboxes/Doctor").then(show, setError);
  }, []);
  if (!doctor) return error ? <Fault error={error} /> : <p class="quiet">Calling the doctor</p>;
  return <doctor.Doctor of={`attempts/${attempt.id}`} came={false} />;
}

/** A clock that is off by less is not worth a word: `Date` tells whole seconds, and answers take time. */
const OFF = 5_000;

/** How their clock is beside ours, by the `Date` of their answer. */
function TheirClock({ attempt, always }: { attempt: Attempt; always?: boolean }) {
  const ahead = clockAhead(attempt);
  if (ahead === null || (!always && Math.abs(ahead) < OFF)) return null;
  const far = spell(Math.abs(ahead) / 1000);
  return (
    <p class={`small ${Math.abs(ahead) < OFF ? "quiet" : "wait"}`} data-test="their-clock">
      {Math.abs(ahead) < OFF
        ? "Their clock agrees with ours to a few seconds."
        : `Their clock is ${far} ${ahead > 0 ? "ahead of" : "behind"} ours, by the Date of their answer.`}
      {Math.abs(ahead) > TOLERANCE &&
        ` A check that allows 5 min finds our signature ${ahead > 0 ? "too old" : "from the future"}.`}
    </p>
  );
}

function Coach({ text, good }: { text: string; good?: boolean }) {
  const Icon = good ? CircleCheck : Info;
  return (
    <div class="coach">
      <Icon size={15} class={good ? "good" : "wait"} aria-hidden="true" />
      <p>{text}</p>
    </div>
  );
}

/** How the answer was judged: what the server says of one like it. */
function Judged({ attempt, status }: { attempt: Attempt; status: number }) {
  const asked = attempt.response?.headers.find(([name]) => name?.toLowerCase() === "retry-after")?.[1];
  const [advice] = useAdvice([
    { status, delay_ms: 0, headers: asked ? { "Retry-After": asked } : {}, attempt: Math.min(attempt.number, 100) },
  ]);
  return advice ? <Coach text={advice.sentence} good={advice.tone === "good"} /> : null;
}
