// What an anonymous address captured: the list, and the request that was chosen.

import { CircleDashed } from "lucide-preact";
import { useState } from "preact/hooks";
import type { Capture } from "../../api/objects";
import { BodyView, type Look } from "../../components/BodyView";
import { CapturedBody } from "../../components/CapturedBody";
import { Copy } from "../../components/Copy";
import { Headers } from "../../components/Headers";
import { Tabs } from "../../components/Tabs";
import { now } from "../../state/clock";
import type { Tester } from "../../state/tester";
import { useUnread } from "../../state/unread";
import { bytes, count, visible } from "../../words/bytes";
import { bodyText, gist } from "../../words/capture";
import { charsetOf } from "../../words/media";
import { age, at, exactClock, utc, zone } from "../../words/time";

export function Arrivals({ tester }: { tester: Tester }) {
  const list = tester.captures.value;
  useUnread(list[0]?.number ?? 0, "Tester · Deskbell");
  const open = list.find((capture) => capture.id === tester.chosen.value);
  return (
    <div class="tester-body card">
      <section class="tester-list" aria-labelledby="arrived">
        <header class="captures-head">
          <h2 id="arrived">Arrived</h2>
          <span class="quiet number">{count(list[0]?.number ?? 0)}</span>
          <Connection offline={tester.offline.value} />
        </header>
        <ol>
          {list.map((capture) => (
            <li key={capture.id}>
              <Row
                capture={capture}
                current={capture === open}
                fresh={tester.fresh.has(capture.id)}
                onChoose={() => {
                  tester.chosen.value = capture.id;
                }}
              />
            </li>
          ))}
        </ol>
        <p class="tester-next quiet">
          <CircleDashed size={15} aria-hidden="true" />
          {list.length > 0 ? "The next arrival goes on top" : "The first arrival goes here"}
        </p>
      </section>
      <section class="tester-request" aria-label="The request">
        {open ? (
          <Request key={open.id} capture={open} />
        ) : (
          <div class="empty">
            <b>Nothing has arrived yet</b>
            <p>Post anything to the address. It stands here a moment later, with its headers and its bytes.</p>
          </div>
        )}
      </section>
    </div>
  );
}

function Connection({ offline }: { offline: boolean }) {
  return (
    <span class={offline ? "tester-state bad" : "tester-state"} role="status">
      <i aria-hidden="true" />
      {offline ? "Deskbell does not answer, trying again" : "live"}
    </span>
  );
}

interface RowProps {
  capture: Capture;
  current: boolean;
  fresh: boolean;
  onChoose: () => void;
}

function Row({ capture, current, fresh, onChoose }: RowProps) {
  const time = at(capture.received_time);
  return (
    <button
      type="button"
      class={`row${fresh ? " fresh" : ""}`}
      aria-current={current ? "true" : undefined}
      onClick={onChoose}
      data-test="capture"
    >
      <b class="row-method cut">{visible(capture.method)}</b>
      <span class="row-main cut">
        <bdi class="mono second">{visible(capture.path) || "/"}</bdi>
      </span>
      <span class="row-age quiet number" title={utc(time)}>
        {age(time, now.value)}
      </span>
      <span class="row-value cut">
        <bdi>{gist(capture)}</bdi>
      </span>
      <span class="row-age quiet number">{bytes(capture.body_bytes)}</span>
    </button>
  );
}

function Request({ capture }: { capture: Capture }) {
  const [tab, setTab] = useState<Look | "headers">("tree");
  const time = at(capture.received_time);
  return (
    <article class="capture" data-test="capture-detail">
      <header class="tester-request-head">
        <h2>
          <b>{visible(capture.method)}</b> <bdi class="capture-path mono second">{visible(capture.path) || "/"}</bdi>
        </h2>
        <dl class="facts small">
          <dt>Arrived</dt>
          <dd class="number" title={utc(time)}>
            {exactClock(time)}, {zone}
          </dd>
          <dt>From</dt>
          <dd class="mono">{capture.remote_address ?? "unknown"}</dd>
          <dt>Body</dt>
          <dd class="number">{bytes(capture.body_bytes)}</dd>
          <dt>SHA-256</dt>
          <dd class="mono second" data-test="digest">
            {capture.body_sha256}
          </dd>
          <dt>Answered</dt>
          <dd class="number">{capture.answered_status ?? "not yet"}</dd>
        </dl>
      </header>
      <Tabs
        label="The request"
        chosen={tab}
        onChoose={setTab}
        tabs={[
          { key: "tree", word: "Body" },
          { key: "headers", word: "Headers", count: capture.headers.length },
          { key: "raw", word: "Raw" },
          { key: "hex", word: "Hex" },
        ]}
      >
        <Copy text={() => bodyText(capture)} what="the body" />
      </Tabs>
      {tab === "headers" ? (
        <Headers headers={capture.headers} />
      ) : tab === "tree" ? (
        <CapturedBody capture={capture} />
      ) : (
        <BodyView body={capture} look={tab} charset={charsetOf(capture.headers)} name={`${capture.id}.bin`} />
      )}
    </article>
  );
}
