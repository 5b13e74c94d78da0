// A captured request: the verdict on its signature, its body and headers, and the signature doctor.

import { ShieldCheck, ShieldQuestionMark, ShieldX, Stethoscope } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import type { Inbox } from "../../api/objects";
import { BodyView, type Look } from "../../components/BodyView";
import { Fault } from "../../components/Button";
import { CapturedBody } from "../../components/CapturedBody";
import { Copy } from "../../components/Copy";
import { Headers } from "../../components/Headers";
import { Trigger } from "../../components/Outcome";
import { Tabs } from "../../components/Tabs";
import type { Captures } from "../../state/captures";
import { bytes, visible } from "../../words/bytes";
import { bodyText, signed, triggerOf } from "../../words/capture";
import { charsetOf } from "../../words/media";
import { curlOf } from "../../words/snippets";
import { at, exactClock, utc } from "../../words/time";
import { DeleteCapture } from "./DeleteCapture";
import { Doctor } from "./Doctor";
import { Note } from "./Note";

type Tab = Look | "headers" | "doctor";

export function CaptureDetail({ inbox, captures, id }: { inbox: Inbox; captures: Captures; id: string | null }) {
  const capture = captures.find(id);
  const verdict = capture && signed(capture);
  const [chosen, setTab] = useState<Tab | null>(null);
  // One that lies behind what is loaded is asked for by itself.
  const isUnknown = !!id && !capture && !captures.loading.value;
  useEffect(() => {
    if (isUnknown) void captures.look(id);
  }, [captures, id, isUnknown]);
  if (!id) {
    return (
      <div class="empty">
        <b>Choose a request</b>
        <p>Its bytes, its headers and its signature's verdict stand here.</p>
      </div>
    );
  }
  const fault = captures.fault(id);
  if (fault && !captures.isGone(id))
    return (
      <Fault error={fault}>
        <button type="button" class="link" onClick={() => void captures.look(id)}>
          Try again
        </button>
      </Fault>
    );
  if (!capture || !verdict)
    return (
      <p class="empty" role="status">
        {captures.isGone(id) ? "This request is no longer kept." : "Loading the request"}
      </p>
    );
  // The doctor opens by itself when something is wrong.
  const tab = chosen ?? (capture.delivery_of && verdict.tone === "bad" ? "doctor" : "tree");
  const trigger = triggerOf(capture);
  const of = capture.delivery_of;
  const Shield = verdict.tone === "good" ? ShieldCheck : verdict.tone === "bad" ? ShieldX : ShieldQuestionMark;
  return (
    <article class="capture" data-test="capture-detail" data-id={id}>
      <header class="capture-head">
        <p>
          {trigger ? <Trigger type={trigger} /> : <b>{capture.method}</b>}{" "}
          {!trigger && <bdi class="capture-path mono second">{visible(capture.path) || "/"}</bdi>}{" "}
          {of && <span class="mono second">{of.event}</span>}{" "}
          <span class="quiet number" title={utc(at(capture.received_time))}>
            {exactClock(at(capture.received_time))}, {bytes(capture.body_bytes)} from {capture.remote_address}
          </span>
        </p>
        <span class="actions">
          {of && (
            <a href={`#/deliveries/${of.delivery}`} data-test="see-sent">
              See what we sent
            </a>
          )}
          <Copy text={() => curlOf(capture, inbox.url)} what="it as curl" label="Copy as curl" kind="quiet small" />
          <DeleteCapture of={capture} captures={captures} />
        </span>
      </header>
      <div class="verdict">
        <span class={verdict.tone}>
          <Shield size={22} aria-hidden="true" />
        </span>
        <h2 data-test="capture-verdict">{verdict.sentence}</h2>
      </div>
      <Note of={capture} captures={captures} />
      <Tabs
        label="The request"
        chosen={tab}
        onChoose={setTab}
        tabs={[
          { key: "tree", word: "Body" },
          { key: "headers", word: "Headers", count: capture.headers.length },
          { key: "raw", word: "Raw" },
          { key: "hex", word: "Hex" },
          {
            key: "doctor",
            word: (
              <span class="nowrap">
                <Stethoscope size={13} aria-hidden="true" />
                &nbsp;Signature doctor
              </span>
            ),
          },
        ]}
      >
        <Copy text={() => bodyText(capture)} what="the body" />
      </Tabs>
      {tab === "doctor" ? (
        <Doctor of={`inboxes/${inbox.id}/requests/${capture.id}`} came />
      ) : tab === "headers" ? (
        <Headers headers={capture.headers} />
      ) : tab === "tree" ? (
        <CapturedBody key={capture.id} capture={capture} />
      ) : (
        <BodyView body={capture} look={tab} charset={charsetOf(capture.headers)} name={`${capture.id}.bin`} />
      )}
    </article>
  );
}
