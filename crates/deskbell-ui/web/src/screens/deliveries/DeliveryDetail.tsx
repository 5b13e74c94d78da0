// One delivery, both sides: the verdict in words, the attempts as steps, the proof, and two facing panes with the spine between.

import { Ban, ChevronLeft, GitCompare, MessageCircleQuestionMark, Pencil, RotateCw, Send, Share2 } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { MarkIcon, Trigger } from "../../components/Outcome";
import { Tabs } from "../../components/Tabs";
import { inboxAt, isDeleted, isForeign, webhookName, webhook as webhookOf } from "../../state/account";
import { noRetry as refused } from "../../state/again";
import { now } from "../../state/clock";
import type { Deliveries } from "../../state/deliveries";
import { eventOf, OpenDelivery } from "../../state/delivery";
import { useStore } from "../../state/follow";
import { bind } from "../../state/keys";
import { visible } from "../../words/bytes";
import { isOut } from "../../words/cause";
import { measured } from "../../words/time";
import { say } from "../../words/verdict";
import { AnswerPane } from "./Answer";
import { Attempts } from "./Attempts";
import { CopyAs } from "./CopyAs";
import { DiffDialog } from "./Diff";
import { EditDialog } from "./EditDialog";
import { Fix, fixOf, Rest } from "./Fix";
import { Proof } from "./Proof";
import { SentPane } from "./Sent";
import { ShareDialog } from "./ShareDialog";
import { Spine } from "./Spine";
import { tokenOf, withToken } from "./search";

export interface DetailProps {
  id: string;
  list: Deliveries;
  /** The address of the list. */
  back: string;
  search: string;
  onSearch: (search: string) => void;
}

type Dialogs = "share" | "diff" | "edit" | null;
type Part = "sent" | "timeline" | "answer";

export function DeliveryDetail({ id, list, back, search, onSearch }: DetailProps) {
  const open = useStore(() => new OpenDelivery(id), [id]);
  const [chosenNumber, choose] = useState<number | null>(null);
  const [dialog, setDialog] = useState<Dialogs>(null);
  const [part, setPart] = useState<Part>("timeline");
  const [fault, setFault] = useState<unknown>(null);
  /** Why a retry would be refused; for the key, which is bound before that is known. */
  const noRetryNow = useRef<unknown>(null);

  const delivery = open.delivery.value;
  const event = open.event.value;
  const attempts = open.attempts.value;
  const chosen = attempts.find((attempt) => attempt.number === chosenNumber) ?? attempts.at(-1);
  const callOff = () => open.callOff().catch(setFault);
  const retry = () => open.retry().then(() => choose(null), setFault);
  useEffect(() => {
    const step = (by: number) => {
      const at = chosen ? attempts.indexOf(chosen) : -1;
      const next = attempts[at + by];
      if (next) choose(next.number);
    };
    return bind({
      r: () => void (noRetryNow.current || retry()),
      d: () => setDialog("diff"),
      e: () => setDialog("edit"),
      s: () => setDialog("share"),
      "[": () => step(-1),
      "]": () => step(1),
    });
  }, [open, attempts, chosen]);

  // An inbox that was made elsewhere is known a moment later.
  const inboxId = inboxAt(chosen?.request.url)?.id;
  useEffect(() => {
    if (inboxId) void open.findCaptures();
  }, [open, inboxId]);

  if (open.error.value) {
    return (
      <div class="detail">
        <Fault error={open.error.value}>
          <a href={back}>Back to the list</a>
        </Fault>
      </div>
    );
  }
  if (!delivery || !event)
    return (
      <p class="empty" role="status">
        Loading the delivery
      </p>
    );

  const webhook = webhookOf(delivery.webhook);
  const deleted = isDeleted(delivery.webhook);
  const noWebhook = !webhook && (deleted ? "The webhook is deleted" : "Looking for the webhook");
  // What the server would refuse is not offered.
  const noRetry =
    refused(delivery.sample, webhook, deleted) ||
    (event.payload_deleted && "The event's bytes were deleted: they were older than they are kept");
  noRetryNow.current = noRetry;
  const url = chosen?.request.url ?? webhook?.url;
  const inbox = inboxAt(url);
  const fix = fixOf(delivery, webhook, attempts.at(-1));
  const capture = chosen && open.captures.value.get(chosen.id);
  const saying = say({
    delivery,
    attempts,
    webhook,
    deleted,
    inbox,
    foreign: isForeign(url),
    sameBytes: capture?.delivery_of?.same_bytes ?? null,
    now: now.value,
  });
  const undelivered = delivery.status !== "delivered";
  const add = (key: string, value: string) => onSearch(withToken(search, tokenOf(key, value)));
  return (
    <article class="detail" data-test="detail" data-status={delivery.status}>
      <header class="detail-head">
        <a class="icon-button detail-back" href={back} aria-label="Back to the list" title="Back to the list">
          <ChevronLeft size={18} aria-hidden="true" />
        </a>
        <div class="detail-names">
          <p class="detail-what">
            <button
              type="button"
              class="plain"
              title={`Search type:${delivery.type}`}
              onClick={() => add("type", delivery.type)}
            >
              <Trigger type={delivery.type} />
            </button>{" "}
            <span class="nowrap">
              <span class="mono second">{event.id}</span> <Copy text={event.id} what="the event's id" />
            </span>{" "}
            <span class="detail-to">
              <span class="quiet">to</span>{" "}
              {webhook ? (
                <a class="plain strong" href={`#/webhooks/${webhook.id}`}>
                  <bdi>{webhook.name}</bdi>
                </a>
              ) : (
                <b>{webhookName(delivery.webhook)}</b>
              )}
            </span>{" "}
            {delivery.sample && (
              <span class="tag" title="A test: tried once, and nothing that is known of the webhook changes by it">
                sample
              </span>
            )}{" "}
            {inbox && (
              <a class="tag" href={`#/inboxes/${inbox.id}`}>
                inbox
              </a>
            )}
          </p>
          {url && (
            <p class="detail-url">
              <span class="tag mono">{chosen?.request.method ?? "POST"}</span>{" "}
              <bdi class="mono second" data-test="url">
                {visible(url)}
              </bdi>{" "}
              <Copy text={url} what="the URL" />
            </p>
          )}
        </div>
        <div class="actions detail-actions">
          <Button
            icon={undelivered ? RotateCw : Send}
            kind={undelivered && !fix ? "main" : "quiet"}
            letter="r"
            busy="Trying"
            off={noRetry}
            onPress={retry}
            test="retry"
          >
            {undelivered ? "Retry now" : "Send again"}
          </Button>
          {delivery.sample && delivery.retries_asked > 0 && !delivery.in_flight && (
            <Button icon={Ban} busy="Calling off" onPress={callOff} test="call-off">
              Call off
            </Button>
          )}
          <CopyAs id={id} />
          <Button icon={Pencil} off={noWebhook} onPress={() => setDialog("edit")} test="edit-open">
            Edit
          </Button>
          <Button icon={GitCompare} onPress={() => setDialog("diff")} test="diff-open">
            Diff
          </Button>
          <Button icon={Share2} onPress={() => setDialog("share")} test="share-open">
            Share
          </Button>
          <a class="button" href={`#/why?event=${event.id}&webhook=${delivery.webhook}`} data-test="why-open">
            <MessageCircleQuestionMark size={14} strokeWidth={2.2} aria-hidden="true" />
            Why
          </a>
        </div>
      </header>
      <div class="verdict" data-test="verdict">
        <span class={saying.tone}>
          <MarkIcon mark={saying.mark} size={22} />
        </span>
        <div>
          <h2 class="number">{saying.sentence}</h2>
          {saying.reason && <p class="second foreign">{saying.reason}</p>}
        </div>
      </div>
      {webhook && <Rest webhook={webhook} delivery={delivery} />}
      {webhook && fix && (
        <Fix kind={fix} delivery={delivery} webhook={webhook} last={attempts.at(-1)} onRetry={() => open.retry()} />
      )}
      <Fault error={fault} />
      <Attempts
        delivery={delivery}
        attempts={attempts}
        webhook={webhook}
        chosen={chosen}
        onChoose={(attempt) => choose(attempt.number)}
      />
      <div class="facing-heads">
        <h3>
          <i class="ours" aria-hidden="true" />
          {chosen && !isOut(chosen) ? "We would have sent" : "We sent"}
        </h3>
        <p class="quiet number">
          {chosen ? `attempt ${chosen.number}, ${measured(chosen.timings.total_us / 1000)}` : "not tried yet"}
        </p>
        <h3>
          <i class="theirs" aria-hidden="true" />
          {capture ? "They received and answered" : chosen && !chosen.response ? "No answer" : "They answered"}
        </h3>
      </div>
      {chosen && (
        <Proof event={event} attempt={chosen} capture={capture} foreign={isForeign(url)} looking={open.looking.value} />
      )}
      <div class="detail-switch">
        <Tabs
          label="Sides"
          look="switch"
          chosen={part}
          onChoose={setPart}
          tabs={[
            { key: "sent", word: "Sent" },
            { key: "timeline", word: "Timeline" },
            { key: "answer", word: "Answer" },
          ]}
        />
      </div>
      <div class={`facing ${part}`}>
        <SentPane
          event={event}
          attempt={chosen}
          onBody={(path, value) => add(`body.${path}`, value)}
          onHeader={(name, value) => add(`header.${name}`, value)}
        />
        {chosen ? (
          <Spine attempt={chosen} capture={capture} delivery={delivery} newest={chosen === attempts.at(-1)} />
        ) : (
          <div class="spine" />
        )}
        {chosen ? (
          <AnswerPane
            key={chosen.id}
            attempt={chosen}
            capture={capture}
            inbox={inbox}
            onHeader={(name, value) => add(`header.${name}`, value)}
          />
        ) : (
          <p class="quiet side">Nothing was sent yet, so nothing was answered.</p>
        )}
      </div>
      {dialog === "share" && <ShareDialog delivery={id} onClose={() => setDialog(null)} />}
      {dialog === "edit" && webhook && <EditDialog event={event} webhook={webhook} onClose={() => setDialog(null)} />}
      {dialog === "diff" && (
        <DiffDialog
          event={event}
          onClose={() => setDialog(null)}
          others={list.rows
            .peek()
            .map((row) => row.peek())
            .filter(
              (row) =>
                row.delivery.type === delivery.type && row.delivery.id !== id && eventOf(row.delivery) !== event.id,
            )}
        />
      )}
    </article>
  );
}
