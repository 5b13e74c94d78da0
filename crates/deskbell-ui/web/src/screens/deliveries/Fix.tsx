// Beside the verdict: the one thing that helps, with what it does; and what holds the delivery, with its time.

import { Check, Pencil, Play } from "lucide-preact";
import type { ComponentChildren, FunctionComponent } from "preact";
import { useState } from "preact/hooks";
import type { Attempt, Delivery, Webhook } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Resting } from "../../components/Resting";
import { Again } from "../../state/again";
import { now } from "../../state/clock";
import { useStore } from "../../state/follow";
import { to } from "../../state/route";
import { changeWebhook } from "../../state/webhooks";
import { plural, visible } from "../../words/bytes";
import { isAboutTheUrl, isRefusedSignature, movedTo } from "../../words/cause";
import { at, when } from "../../words/time";
import { Far } from "./Far";

interface Props {
  delivery: Delivery;
  webhook: Webhook;
  last: Attempt | undefined;
  /** Sends this delivery again. */
  onRetry: () => Promise<unknown>;
}

export type FixKind = "turn-on" | "moved" | "secret" | "url";

/** What helps a delivery that did not arrive; null when time does, or nothing. */
export function fixOf(delivery: Delivery, webhook: Webhook | null, last: Attempt | undefined): FixKind | null {
  if (!webhook || delivery.status === "delivered") return null;
  // A sample goes to a webhook that is off too.
  if (!webhook.status) return delivery.sample ? null : "turn-on";
  if (!last || delivery.in_flight || last.request.url !== webhook.url) return null;
  if (movedTo(last)) return "moved";
  if (isRefusedSignature(last)) return "secret";
  return isAboutTheUrl(last) ? "url" : null;
}

export function Fix({ kind, ...props }: Props & { kind: FixKind }) {
  switch (kind) {
    case "turn-on":
      return <TurnOn key={props.webhook.id} {...props} />;
    case "moved":
      return <Moved {...props} />;
    case "secret":
      return <Secret {...props} />;
    case "url":
      return <ChangeUrl {...props} />;
  }
}

function Box({
  kind,
  children,
  button,
  note,
  error,
}: {
  kind: FixKind;
  children: ComponentChildren;
  button: ComponentChildren;
  note?: ComponentChildren;
  error?: unknown;
}) {
  return (
    <section class="fix" aria-label="What helps" data-test="fix" data-fix={kind}>
      <div class="fix-line">
        <div>{children}</div>
        {button}
      </div>
      {note && <p class="second">{note}</p>}
      <Fault error={error} />
    </section>
  );
}

function Moved({ webhook, last, onRetry }: Props) {
  const [error, setError] = useState<unknown>(null);
  const url = last && movedTo(last);
  if (!url) return null;
  const use = () => changeWebhook(webhook.id, { url }).then(onRetry).catch(setError);
  return (
    <Box
      kind="moved"
      error={error}
      button={
        <Button kind="main" icon={Check} busy="Changing" onPress={use} test="use-url">
          Use the new URL
        </Button>
      }
      note={
        <>
          Changes <bdi>{visible(webhook.name)}</bdi> for everything that follows, and sends this delivery there now.
          What else waits goes there at its next try.
        </>
      }
    >
      <p class="second">Their new address</p>
      <p class="mono fix-url" data-test="new-url">
        <bdi>{visible(url)}</bdi>
      </p>
    </Box>
  );
}

function TurnOn({ delivery, webhook, onRetry }: Props) {
  const since = webhook.disabled_time ? at(webhook.disabled_time) : null;
  // What it owes is what was called off when it was turned off, and this one.
  const again = useStore(
    () =>
      new Again({ webhook: webhook.id, status: "cancelled" }, ({ id, settled_time }) => {
        if (id === delivery.id) return false;
        return since === null || (!!settled_time && at(settled_time) >= since - 1000);
      }),
    [webhook.id, delivery.id, webhook.disabled_time],
  );
  const [error, setError] = useState<unknown>(null);
  const others = again.ids.value?.length ?? 0;
  const turnOn = () =>
    changeWebhook(webhook.id, { status: true })
      .then(onRetry)
      .then(() => again.send())
      .catch(setError);
  const name = <bdi>{visible(webhook.name)}</bdi>;
  const off = since === null ? "" : ` since ${when(since, now.value)}`;
  return (
    <Box
      kind="turn-on"
      error={error ?? again.error.value}
      button={
        <Button kind="main" icon={Play} busy="Turning on" onPress={turnOn} test="turn-on">
          {others ? `Turn it on and retry ${others + 1}` : "Turn it on and retry"}
        </Button>
      }
      note={
        again.ids.value === null
          ? "Counting what it owes."
          : others
            ? `Then this delivery and ${others === 1 ? "the one other" : `the ${plural(others, "other")}`} that ${others === 1 ? "was" : "were"} called off ${others === 1 ? "is" : "are"} sent once each, the oldest first.${again.more.value ? " There are more than are counted here." : ""}`
            : "Then this delivery is sent once. Nothing else was called off."
      }
    >
      <p data-test="held">
        {webhook.disabled_reason === "by_owner" ? (
          <>
            {name} is paused{off}.
          </>
        ) : webhook.disabled_reason === "gone" ? (
          <>
            {name} is off{off}, because it answered 410.
          </>
        ) : (
          <>
            {name} is off{off}, because every try of an event had failed.
          </>
        )}{" "}
        No events are sent to it, only samples.
      </p>
      <Far again={again} />
    </Box>
  );
}

function Secret({ webhook, last }: Props) {
  return (
    <Box
      kind="secret"
      button={
        <a class="button main" href={to(["webhooks", webhook.id])} data-test="check-secret">
          <span>Check the secret</span>
        </a>
      }
    >
      <p>
        They answered {last?.response?.status_code}: their check may not have passed our signature. The signature doctor
        below compares what your code computes with what we signed.
      </p>
    </Box>
  );
}

type Edit = FunctionComponent<{ webhook: Webhook; onClose: () => void }>;

function ChangeUrl({ webhook }: Props) {
  // Fetched when it is wanted: the first page does without.
  const [edit, show] = useState<{ dialog: Edit } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const open = () =>
    import("../webhooks/EditWebhook").then(({ EditWebhook }) => show({ dialog: EditWebhook })).catch(setError);
  return (
    <Box
      kind="url"
      error={error}
      button={
        <Button icon={Pencil} busy="Opening" onPress={open} test="change-url">
          Change the URL
        </Button>
      }
    >
      <p class="second">
        <bdi>{visible(webhook.name)}</bdi> is sent to
      </p>
      <p class="mono fix-url">
        <bdi>{visible(webhook.url)}</bdi>
      </p>
      {edit && <edit.dialog webhook={webhook} onClose={() => show(null)} />}
    </Box>
  );
}

/** Until when the webhook rests, and what happens then. */
export function Rest({ webhook, delivery }: { webhook: Webhook; delivery: Delivery }) {
  const end = webhook.resting_until ? at(webhook.resting_until) : 0;
  if (end <= now.value || delivery.status !== "pending" || delivery.sample) return null;
  return <Resting webhook={webhook} end={end} />;
}
