// What the inbox captured, newest first: what it answered, what came, whether it verifies.
import { CircleCheck, CircleX, NotebookPen, Send, ShieldCheck, ShieldQuestionMark, ShieldX } from "lucide-preact";
import { useMemo, useState } from "preact/hooks";
import type { Capture, Inbox } from "../../api/objects";
import { Fault } from "../../components/Button";
import { Trigger } from "../../components/Outcome";
import { VirtualList } from "../../components/VirtualList";
import type { Captures } from "../../state/captures";
import { now } from "../../state/clock";
import { to } from "../../state/route";
import { count, visible } from "../../words/bytes";
import { gist, matches, signed, triggerOf } from "../../words/capture";
import { age, at, utc } from "../../words/time";

export function CaptureList({ captures, inbox, open }: { captures: Captures; inbox: Inbox; open: string | null }) {
  const [search, setSearch] = useState("");
  const all = captures.list.value;
  const list = useMemo(() => (search.trim() ? all.filter((one) => matches(one, search)) : all), [all, search]);
  const keys = useMemo(() => list.map(({ id }) => id), [list]);
  const total = Math.max(inbox.captured, all[0]?.number ?? 0);
  return (
    <>
      <header class="captures-head">
        <h2>Captures</h2>
        <span class="quiet number">{count(total)}</span>
        <input
          type="search"
          class="input captures-find"
          placeholder="Find in them"
          aria-label="Find in what was captured: method, path, headers, bodies, notes"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
          data-test="capture-find"
        />
      </header>
      <VirtualList
        label="Captured requests, newest first"
        keys={keys}
        height={53}
        follow={open}
        onEnd={() => !search.trim() && captures.more.peek() && !captures.loading.peek() && void captures.load()}
        render={(index) => {
          const capture = list[index];
          return (
            capture && (
              <CaptureRow capture={capture} current={capture.id === open} fresh={captures.fresh.has(capture.id)} />
            )
          );
        }}
        foot={
          <>
            <Fault error={captures.error.value} />
            {search.trim() !== "" && (
              <p class="captures-found quiet small" role="status">
                {list.length === 0 ? "None" : count(list.length)} of the newest {count(all.length)}{" "}
                {list.length === 1 ? "has" : "have"} it.{" "}
                {captures.more.value && (
                  <button type="button" class="link" onClick={() => void captures.load()} data-test="older">
                    Look through older ones
                  </button>
                )}
              </p>
            )}
            {list.length === 0 && !search.trim() && !captures.error.value && (
              <div class="empty">
                <b>{captures.loading.value ? "Loading what it captured" : "Your inbox is open. Ring it."}</b>
                {!captures.loading.value && (
                  <p>
                    Send a booking, or post anything to the address.{" "}
                    <a href={`#/why?inbox=${inbox.id}`}>Nothing came?</a>
                  </p>
                )}
              </div>
            )}
          </>
        }
      />
    </>
  );
}

function CaptureRow({ capture, current, fresh }: { capture: Capture; current: boolean; fresh: boolean }) {
  const trigger = triggerOf(capture);
  const verdict = signed(capture);
  const Shield = verdict.tone === "good" ? ShieldCheck : verdict.tone === "bad" ? ShieldX : ShieldQuestionMark;
  const status = capture.answered_status ?? null;
  const Icon = status === null ? Send : status < 300 ? CircleCheck : CircleX;
  return (
    <a
      class={`row${fresh ? " fresh" : ""}`}
      href={to(["inboxes", capture.inbox, capture.id])}
      aria-current={current ? "true" : undefined}
      data-test="capture"
    >
      <span class={`outcome ${status === null ? "accent" : status < 300 ? "good" : "bad"}`}>
        <Icon size={15} aria-hidden="true" />
        {status ?? "waiting"}
      </span>
      <span class="row-main">
        {trigger ? (
          <Trigger type={trigger} />
        ) : (
          <span class="cut">
            <b>{capture.method}</b> <bdi class="second mono">{capture.path}</bdi>
          </span>
        )}
      </span>
      <span class="row-age quiet number" title={utc(at(capture.received_time))}>
        {age(at(capture.received_time), now.value)}
      </span>
      <span class="row-value cut">
        {capture.note && <NotebookPen class="accent" size={13} aria-label="Note:" />}
        <bdi data-test={capture.note ? "row-note" : undefined}>
          {capture.note ? visible(capture.note) : gist(capture)}
        </bdi>
      </span>
      {verdict.word && (
        <span class={`row-sign ${verdict.tone}`}>
          <Shield size={13} aria-hidden="true" />
          {verdict.word}
        </span>
      )}
    </a>
  );
}
