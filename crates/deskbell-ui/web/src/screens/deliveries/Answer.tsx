// Their side: what was answered, and for an inbox of ours the request as it was received.

import { CircleCheck, Info } from "lucide-preact";
import { useState } from "preact/hooks";
import type { Attempt, Capture, Inbox } from "../../api/objects";
import { BodyView } from "../../components/BodyView";
import { Copy } from "../../components/Copy";
import { Headers, pairs } from "../../components/Headers";
import { Tabs } from "../../components/Tabs";
import { useAdvice } from "../../state/advice";
import { textOf } from "../../words/body";
import { bytes } from "../../words/bytes";
import { made, reasonPhrase, sentence } from "../../words/outcome";

interface Props {
  attempt: Attempt;
  capture: Capture | undefined;
  inbox: Inbox | null;
  onHeader: (name: string, value: string) => void;
}

type Tab = "answer" | "headers" | "received";

export function AnswerPane({ attempt, capture, inbox, onHeader }: Props) {
  const [tab, setTab] = useState<Tab>("answer");
  const { response } = attempt;
  const chosen = tab === "received" && !capture ? "answer" : tab;
  const tabs = [
    { key: "answer" as const, word: "Answer" },
    { key: "headers" as const, word: "Headers", count: response?.headers.length ?? 0 },
    ...(capture ? [{ key: "received" as const, word: "Request as received" }] : []),
  ];
  return (
    <div class="side" data-test="answer">
      <Tabs label="Their answer" tabs={tabs} chosen={chosen} onChoose={setTab}>
        {chosen === "received" && capture ? (
          <Copy text={textOf(capture)} what="the request's body" />
        ) : (
          response && <Copy text={textOf(response)} what="the answer's body" />
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
          <p class="second">{attempt.detail || sentence(attempt.outcome, null)}</p>
          {attempt.possibly_received && <Coach text="They may have received it all the same, so expect a duplicate." />}
        </div>
      ) : chosen === "headers" ? (
        <Headers headers={pairs(response.headers)} onValue={onHeader} />
      ) : (
        <div class="stack tight">
          <p class="answer-line">
            <b class={made(attempt).tone}>{response.status_code}</b> <b>{reasonPhrase(response.status_code)}</b>
            <span class="quiet number">
              {response.body_truncated ? "more than 16 kB" : bytes(response.body.length)}
            </span>
          </p>
          <BodyView body={response} look="tree" name={`${attempt.id}-answer.bin`} />
          {response.body_truncated && <p class="quiet small">The first 16 kB are kept.</p>}
          {response.body_incomplete && <p class="wait small">The connection ended before the body did.</p>}
          <Judged attempt={attempt} status={response.status_code} />
          {inbox && inbox.answers.length > 0 && (
            <p class="second small">
              This inbox answers by a script of {inbox.answers.length}.{" "}
              <a href={`#/inboxes/${inbox.id}`}>Edit script</a>
            </p>
          )}
        </div>
      )}
    </div>
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
