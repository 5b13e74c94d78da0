// The account that is signed in, as most screens refer to it: its session, webhooks, inboxes and users. Loaded once, kept fresh by
// whoever changes them.
import { batch, computed, signal } from "@preact/signals";
import { ApiError, all, came, get } from "../api/client";
import type { Inbox, List, Session, User, Webhook } from "../api/objects";

export const session = signal<Session | null>(null);
export const webhooks = signal<readonly Webhook[]>([]);
export const inboxes = signal<readonly Inbox[]>([]);
/** Webhooks and inboxes were loaded once. */
export const loaded = signal(false);

const byId = computed(() => new Map(webhooks.value.map((webhook) => [webhook.id, webhook])));

/** Ids that no webhook has: the server was asked. */
const gone = signal<ReadonlySet<string>>(new Set());
/** Ids that the server is asked for. */
const sought = new Set<string>();

/** The webhook of that id; null when it is deleted, or not known yet. One that was made elsewhere is asked for. */
export function webhook(id: string): Webhook | null {
  const found = byId.value.get(id);
  if (!found && id && loaded.value && !gone.value.has(id)) seek(id);
  return found ?? null;
}

/** Whether the server said that no webhook has this id. */
export const isDeleted = (id: string): boolean => gone.value.has(id);

/** What to call the webhook. */
export const webhookName = (id: string): string => webhook(id)?.name ?? (isDeleted(id) ? "a deleted webhook" : "…");

/** One list answers for all that are sought at once. Whoever has more webhooks than it holds is answered one by one. */
function seek(id: string): void {
  sought.add(id);
  if (sought.size > 1) return;
  setTimeout(async () => {
    const ids = [...sought];
    try {
      await loadWebhooks();
      const missing = ids.filter((id) => !byId.peek().has(id));
      const whole = webhooks.peek().length < MOST;
      const isGone = await Promise.all(missing.map(async (id) => whole || (await answers404(`webhooks/${id}`))));
      gone.value = new Set([...gone.peek(), ...missing.filter((_, index) => isGone[index])]);
    } catch {
      // Not known is not deleted: it is asked again when it is next shown.
    }
    sought.clear();
  });
}

async function answers404(path: string): Promise<boolean> {
  return get<Webhook>(path).then(
    (found) => {
      webhooks.value = [...webhooks.peek(), found];
      return false;
    },
    (error) => error instanceof ApiError && error.status === 404,
  );
}

/** Addresses that are known to be none of an inbox of ours. */
const foreign = signal<ReadonlySet<string>>(new Set());
let seekingInbox = false;

const inboxOf = (url: string): Inbox | undefined =>
  inboxes.value.find(
    (inbox) => url === inbox.url || url.startsWith(`${inbox.url}/`) || url.startsWith(`${inbox.url}?`),
  );

/** The inbox that the address belongs to: then both sides of a delivery are known. One that was made elsewhere is asked for. */
export function inboxAt(url: string | undefined): Inbox | null {
  if (!url) return null;
  const found = inboxOf(url);
  if (!found && loaded.value && !isForeign(url) && !seekingInbox) {
    seekingInbox = true;
    const known = () => {
      if (!inboxOf(url)) foreign.value = new Set([...foreign.peek(), url]);
    };
    setTimeout(() =>
      loadInboxes()
        .then(known, () => undefined)
        .finally(() => (seekingInbox = false)),
    );
  }
  return found ?? null;
}

/** Whether the address is known to be none of an inbox of ours: theirs all have a path like `/in/…`. */
export const isForeign = (url: string | undefined): boolean =>
  !!url && loaded.value && (!url.includes("/in/") || foreign.value.has(url));

/** Webhooks that the page holds at most. */
const MOST = 1000;

export async function loadWebhooks(): Promise<void> {
  webhooks.value = await all<Webhook>("webhooks", {}, MOST);
}

/** One webhook is read so often at most, in milliseconds: its path is the vendor's, which allows few calls, to clients too. */
const WEBHOOK_EVERY = 10_000;
const webhookRead = new Map<string, number>();

/** How long until that webhook may be read anew. */
export const webhookWait = (id: string): number => Math.max(0, (webhookRead.get(id) ?? 0) + WEBHOOK_EVERY - Date.now());

/** Reads one webhook anew, for what no message tells: that it rests, or was turned off. Nothing happens when it was read just now. */
export async function loadWebhook(id: string): Promise<void> {
  if (webhookWait(id) > 0) return;
  webhookRead.set(id, Date.now());
  try {
    const found = await get<Webhook>(`webhooks/${id}`);
    const isNew = !byId.peek().has(id);
    webhooks.value = isNew ? [...webhooks.peek(), found] : webhooks.peek().map((one) => (one.id === id ? found : one));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) return;
    batch(() => {
      webhooks.value = webhooks.peek().filter((one) => one.id !== id);
      gone.value = new Set([...gone.peek(), id]);
    });
  }
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
