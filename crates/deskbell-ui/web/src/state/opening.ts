// What a first visit needs: an inbox, and a webhook that points at it. Made when the account has neither, and never twice.
import { post } from "../api/client";
import type { Inbox, Webhook } from "../api/objects";
import { asksFor } from "../words/triggers";
import { inboxAt, inboxes, loadInboxes, loadWebhooks, webhooks } from "./account";
import { book } from "./ring";

/** What a guest who books rings. */
export const RUNG = "booking.scheduled";

export interface Opening {
  inbox: Inbox;
  webhook: Webhook;
}

/** The inbox to ring, with the webhook that points at it: one that a booking rings, where there is any. */
export function opening(): Opening | null {
  let other: Opening | null = null;
  for (const webhook of webhooks.value) {
    const inbox = webhook.status && inboxAt(webhook.url);
    if (!inbox) continue;
    if (asksFor(webhook.events, RUNG)) return { inbox, webhook };
    other ??= { inbox, webhook };
  }
  return other;
}

/** The webhooks that point at the inbox and are on. */
const pointingAt = (inbox: Inbox): readonly Webhook[] =>
  webhooks.value.filter(({ status, url }) => status && inboxAt(url)?.id === inbox.id);

/** The webhooks that point at the inbox and are on, where none of them asks for what a booking rings; else none. */
export function deafTo(inbox: Inbox): readonly Webhook[] {
  const pointing = pointingAt(inbox);
  return pointing.some(({ events }) => asksFor(events, RUNG)) ? [] : pointing;
}

/** A booking for this inbox: a webhook that points at it is made first, when none is on. */
export async function ringInto(inbox: Inbox): Promise<void> {
  if (pointingAt(inbox).length === 0) {
    await point(inbox);
    await loadWebhooks();
  }
  await book();
}

/** Opens the first inbox, one tab at a time. */
export async function openFirst(): Promise<void> {
  const open = async () => {
    await Promise.all([loadWebhooks(), loadInboxes()]);
    if (opening()) return;
    const inbox = inboxes.value.find((one) => !one.relay) ?? (await post<Inbox>("inboxes", { name: "First inbox" }));
    await point(inbox);
    await Promise.all([loadWebhooks(), loadInboxes()]);
  };
  await ("locks" in navigator ? navigator.locks.request("deskbell.first", open) : open());
}

/** Makes a webhook that points at the inbox. */
const point = (inbox: Inbox): Promise<Webhook> =>
  post<Webhook>("webhooks", { name: freeName(inbox.name), url: inbox.url, events: ["booking", "conversation"] });

/** Names of webhooks are unique in an account. */
function freeName(wanted: string): string {
  const taken = new Set(webhooks.value.map((webhook) => webhook.name));
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted} ${number}`;
  return name;
}
