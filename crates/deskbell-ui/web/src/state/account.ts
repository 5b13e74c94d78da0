// The account that is signed in, as most screens refer to it: its session, webhooks, inboxes and users. Loaded once, kept fresh by
// whoever changes them.
import { batch, computed, signal } from "@preact/signals";
import { all, came, get } from "../api/client";
import type { Inbox, List, Session, User, Webhook } from "../api/objects";

export const session = signal<Session | null>(null);
export const webhooks = signal<readonly Webhook[]>([]);
export const inboxes = signal<readonly Inbox[]>([]);
/** Webhooks and inboxes were loaded once. */
export const loaded = signal(false);

const byId = computed(() => new Map(webhooks.value.map((webhook) => [webhook.id, webhook])));

/** The webhook of that id; null when it is deleted. */
export const webhook = (id: string): Webhook | null => byId.value.get(id) ?? null;

/** What to call the webhook. */
export const webhookName = (id: string): string =>
  byId.value.get(id)?.name ?? (loaded.value ? "a deleted webhook" : "…");

/** The inbox that the address belongs to: then both sides of a delivery are known. */
export function inboxAt(url: string | undefined): Inbox | null {
  if (!url) return null;
  return (
    inboxes.value.find(
      (inbox) => url === inbox.url || url.startsWith(`${inbox.url}/`) || url.startsWith(`${inbox.url}?`),
    ) ?? null
  );
}

export async function loadWebhooks(): Promise<void> {
  webhooks.value = await all<Webhook>("webhooks");
}

export async function loadInboxes(): Promise<void> {
  inboxes.value = await all<Inbox>("inboxes");
}

/** Loads all three; what came with the page is there at once. */
export async function loadAccount(): Promise<void> {
  const [some, others, who] = [
    came<List<Webhook>>("webhooks", { limit: 100 }),
    came<List<Inbox>>("inboxes", { limit: 100 }),
    came<Session>("session"),
  ];
  if (some && others && who && !some.has_more && !others.has_more) {
    batch(() => {
      [webhooks.value, inboxes.value, session.value, loaded.value] = [some.data, others.data, who, true];
    });
    return;
  }
  await Promise.all([loadWebhooks(), loadInboxes(), get<Session>("session").then((found) => (session.value = found))]);
  loaded.value = true;
}

const users = signal<ReadonlyMap<string, string> | null>(null);
let asked = false;

/** The user's name; its id until the users are loaded, which the first call asks for. */
export function userName(id: string): string {
  if (!asked) {
    asked = true;
    void all<User>("users").then(
      (found) =>
        (users.value = new Map(
          found.map((user) => [user.id, `${user.first_name} ${user.last_name}`.trim() || user.id]),
        )),
      () => undefined,
    );
  }
  return users.value?.get(id) ?? id;
}
