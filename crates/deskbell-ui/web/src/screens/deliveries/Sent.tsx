// Our side: the body and the headers that were signed and sent.
import { useState } from "preact/hooks";
import type { Attempt, Event } from "../../api/objects";
import { BodyView, type Look } from "../../components/BodyView";
import { Copy } from "../../components/Copy";
import { Headers, pairs } from "../../components/Headers";
import { Tabs } from "../../components/Tabs";

interface Props {
  event: Event;
  attempt: Attempt | undefined;
  onBody: (path: string, value: string) => void;
  onHeader: (name: string, value: string) => void;
}

export function SentPane({ event, attempt, onBody, onHeader }: Props) {
  const [tab, setTab] = useState<Look | "headers">("tree");
  const text = payloadOf(event);
  return (
    <div class="side" data-test="sent">
      <Tabs
        label="What we sent"
        chosen={tab}
        onChoose={setTab}
        tabs={[
          { key: "tree", word: "Body" },
          { key: "headers", word: "Headers", count: attempt?.request.headers.length ?? 0 },
          { key: "raw", word: "Raw" },
          { key: "hex", word: "Hex" },
        ]}
      >
        <Copy text={text} what="the body" />
      </Tabs>
      {tab === "headers" ? (
        attempt ? (
          <Headers headers={pairs(attempt.request.headers)} onValue={onHeader} />
        ) : (
          <p class="quiet">Nothing was sent yet.</p>
        )
      ) : (
        <BodyView body={{ body: text, body_encoding: "utf8" }} look={tab} name={`${event.id}.json`} onValue={onBody} />
      )}
    </div>
  );
}

/** The exact text that is signed. */
export const payloadOf = (event: Event): string => event.payload_text ?? JSON.stringify(event.payload);
