// What a first visit needs: an inbox, and a webhook that points at it. Made when the account has neither, and never twice.
import { post } from "../api/client";
import type { Inbox, Webhook } from "../api/objects";
import { inboxAt, inboxes, loadInboxes, loadWebhooks, webhooks } from "./account";

export interface Opening {
  inbox: Inbox;
  webhook: Webhook;
}

/** The inbox to ring, with the webhook that points at it. */
export function opening(): Opening | null {
  for (const webhook of webhooks.value) {
    const inbox = inboxAt(webhook.url);
    if (inbox && webhook.status) return { inbox, webhook };
  }
  return null;
}

/** Opens the first inbox, one tab at a time. */
export async function openFirst(): Promise<void> {
  const open = async () => {
    await Promise.all([loadWebhooks(), loadInboxes()]);
    if (opening()) return;
    const inbox = inboxes.value.find((one) => !one.relay) ?? (await post<Inbox>("inboxes", { name: "First inbox" }));
    await post<Webhook>("webhooks", {
      name: freeName(inbox.name),
      url: inbox.url,
      events: ["booking", "conversation"],
    });
    await Promise.all([loadWebhooks(), loadInboxes()]);
  };
  await ("locks" in navigator ? navigator.locks.request("deskbell.first", open) : open());
}

/** Names of webhooks are unique in an account. */
function freeName(wanted: string): string {
  const taken = new Set(webhooks.value.map((webhook) => webhook.name));
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted} ${number}`;
  return name;
}
