// One webhook: how it does, a sample to send, what came of late, and beside it what it asks for, its secret,
// what was changed of it, and how we send.

import { ChevronRight, CircleQuestionMark, Pause, Pencil, Play, Trash2 } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../../api/client";
import type { Health, Webhook } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { Menu, MenuItem } from "../../components/Menu";
import { Resting } from "../../components/Resting";
import { inboxAt, webhook as known, loaded } from "../../state/account";
import { now } from "../../state/clock";
import { Deliveries } from "../../state/deliveries";
import { useStore } from "../../state/follow";
import { bind } from "../../state/keys";
import { go, to } from "../../state/route";
import { changeWebhook, Healths, healths } from "../../state/webhooks";
import { plural, shorten, visible } from "../../words/bytes";
import type { Quarter } from "../../words/health";
import { at } from "../../words/time";
import { DeleteWebhook } from "./DeleteWebhook";
import { EditWebhook } from "./EditWebhook";
import { HealthCard } from "./HealthCard";
import { HowWeSend } from "./HowWeSend";
import { RecentDeliveries } from "./RecentDeliveries";
import { SecretCard } from "./SecretCard";
import { SendSample } from "./SendSample";
import { Triggers } from "./Triggers";
import { WhatChanged } from "./WhatChanged";

const LIST = to(["webhooks"]);

export function WebhookPage({ id }: { id: string }) {
  const webhook = known(id);
  const error = useStore(() => new Healths(id), [id]).error.value;
  useEffect(() => {
    // After the frame has set the screen's own title.
    if (webhook) queueMicrotask(() => (document.title = `${webhook.name} · Deskbell`));
    return () => {
      document.title = "Webhooks · Deskbell";
    };
  }, [webhook?.name]);
  if (webhook) return <Known webhook={webhook} error={error} />;
  const isGone = error instanceof ApiError && error.status === 404;
  return (
    <div class="reading">
      <div class="empty" data-test="no-webhook">
        {isGone ? (
          <h1>No such webhook</h1>
        ) : error ? (
          <Fault error={error} />
        ) : (
          <p>{loaded.value ? "Looking for the webhook" : "Loading the webhook"}</p>
        )}
        {isGone && <p>It was deleted, or it belongs to another account.</p>}
        {!!error && (
          <a class="button" href={LIST}>
            All webhooks
          </a>
        )}
      </div>
    </div>
  );
}

function Known({ webhook, error }: { webhook: Webhook; error: unknown }) {
  const { id } = webhook;
  const health = healths.value.get(id);
  const deliveries = useStore(() => new Deliveries({ webhook: id }, (delivery) => delivery.webhook === id), [id]);
  const [quarter, choose] = useState<Quarter | null>(null);
  const end = webhook.resting_until ? at(webhook.resting_until) : 0;
  const [dialog, open] = useState<"edit" | "delete" | null>(null);
  const why = to(["why"], { webhook: id });
  useEffect(() => bind({ e: () => open("edit"), w: () => go(why), Escape: () => go(LIST) }), [id]);
  return (
    <div class="reading webhook" data-test="webhook-page">
      <div class="screen-head">
        <Head webhook={webhook} />
        <div class="webhook-actions">
          <div class="actions">
            <a class="button" href={why} data-test="why">
              <CircleQuestionMark size={14} strokeWidth={2.2} aria-hidden="true" />
              <span>Why didn’t it get…</span>
            </a>
            <Button icon={Pencil} onPress={() => open("edit")} test="edit">
              Edit
            </Button>
            <OnOff webhook={webhook} />
            <Menu label="More" kind="button more">
              <MenuItem icon={Trash2} danger onPress={() => open("delete")} test="delete">
                Delete this webhook
              </MenuItem>
            </Menu>
          </div>
          <PauseNote webhook={webhook} health={health} />
        </div>
      </div>
      <Fault error={error} />
      <div class="columns">
        <div class="stack">
          {webhook.status && end > now.value && <Resting webhook={webhook} end={end} />}
          {health ? (
            <HealthCard webhook={id} health={health} chosen={quarter?.time ?? null} onChoose={choose} />
          ) : (
            !error && <p class="card empty">Asking how it does</p>
          )}
          <SendSample webhook={webhook} />
          <RecentDeliveries webhook={id} newest={deliveries} quarter={quarter} onNewest={() => choose(null)} />
        </div>
        <aside class="stack" aria-label="About this webhook">
          <Triggers webhook={webhook} deliveries={deliveries} />
          <SecretCard webhook={id} />
          <WhatChanged webhook={webhook} />
          <HowWeSend webhook={webhook} />
        </aside>
      </div>
      {dialog === "edit" && <EditWebhook webhook={webhook} onClose={() => open(null)} />}
      {dialog === "delete" && (
        <DeleteWebhook
          webhook={webhook}
          pending={health?.pending ?? 0}
          onClose={() => open(null)}
          onGone={() => go(LIST, true)}
        />
      )}
    </div>
  );
}

function Head({ webhook }: { webhook: Webhook }) {
  return (
    <div>
      <nav class="crumbs" aria-label="Where you are">
        <a href={LIST}>Webhooks</a>
        <ChevronRight size={13} aria-hidden="true" />
        <span class="mono">{webhook.id}</span>
      </nav>
      <h1>
        <bdi>{visible(webhook.name)}</bdi>
      </h1>
      <p class="webhook-url">
        <span class="mono second" title={webhook.url}>
          <bdi>{shorten(visible(webhook.url), 64)}</bdi>
        </span>
        <Copy text={webhook.url} what="the URL" />
        {inboxAt(webhook.url) && <span class="tag">inbox</span>}
      </p>
    </div>
  );
}

function OnOff({ webhook }: { webhook: Webhook }) {
  const [error, setError] = useState<unknown>(null);
  const turn = (status: boolean) => changeWebhook(webhook.id, { status }).then(() => setError(null), setError);
  const resume = webhook.disabled_reason === "by_owner" ? "Resume" : "Turn on";
  return (
    <>
      {webhook.status ? (
        <Button icon={Pause} busy="Pausing" onPress={() => turn(false)} test="pause">
          Pause
        </Button>
      ) : (
        <Button kind="main" icon={Play} busy="Resuming" onPress={() => turn(true)} test="resume">
          {resume}
        </Button>
      )}
      <Fault error={error} />
    </>
  );
}

/** What pausing ends is said before it is pressed. */
function PauseNote({ webhook, health }: { webhook: Webhook; health: Health | undefined }) {
  const pending = webhook.status ? (health?.pending ?? 0) : 0;
  if (pending === 0) return null;
  return (
    <p class="quiet small" data-test="pause-note">
      Pausing ends the {pending === 1 ? "one delivery" : plural(pending, "delivery", "deliveries")} on the way.
    </p>
  );
}
