// How the webhooks do: their health as the server sums it up, kept fresh while somebody looks at it, and the changes to them.
//
// The stream tells when something happened to a webhook; its health is then asked for, at most once in two seconds.
import { batch, signal } from "@preact/signals";
import { all, get, patch, remove } from "../api/client";
import type { Attempt, Delivery, Health, Webhook } from "../api/objects";
import { QUARTER } from "../words/health";
import { onLook, onNews } from "./live";
import { webhooks } from "./things";

/** By webhook. */
export const healths = signal<ReadonlyMap<string, Health>>(new Map());

const SETTLE = 2_000;
/** While it is retried or rests, the sentence counts down to the next try, which no message tells. */
const COUNTING = 10_000;

/** All webhooks with their health. */
export async function loadAllHealth(): Promise<void> {
  take(await all<Webhook>("webhooks", { expand: "health" }), true);
}

/** One webhook with its health. */
async function loadHealth(id: string): Promise<Webhook> {
  const found = await get<Webhook>(`webhooks/${encodeURIComponent(id)}`, { expand: "health" });
  take([found], false);
  return found;
}

/** Changes name, url, events or status. */
export async function changeWebhook(
  id: string,
  change: Partial<Pick<Webhook, "name" | "url" | "events" | "status">>,
): Promise<void> {
  take([await patch<Webhook>(`webhooks/${id}`, change)], false);
  await loadHealth(id);
}

/** Deletes it, for good. */
export async function deleteWebhook(id: string): Promise<void> {
  await remove(`webhooks/${id}`);
  webhooks.value = webhooks.value.filter((one) => one.id !== id);
}

/** A webhook that was just made. */
export function addWebhook(made: Webhook): void {
  const { secret: _, ...kept } = made;
  take([kept], false);
  // Without its health the list says that it is being asked for: no harm.
  void loadHealth(made.id).catch(() => undefined);
}

function take(found: readonly Webhook[], whole: boolean): void {
  batch(() => {
    const kept = new Map(healths.peek());
    for (const { id, health } of found) if (health) kept.set(id, health);
    healths.value = kept;
    const known = new Set(webhooks.peek().map(({ id }) => id));
    if (whole) webhooks.value = found;
    else {
      const changed = new Map(found.map((one) => [one.id, one]));
      webhooks.value = [
        ...found.filter(({ id }) => !known.has(id)),
        ...webhooks.peek().map((one) => changed.get(one.id) ?? one),
      ];
    }
  });
}

/** Keeps the health of one webhook, or of all, fresh from now on; returns how to stop. `onError` hears when it cannot be had. */
export function keepHealth(only: string | null, onError: (error: unknown) => void): () => void {
  let timer: number | undefined;
  let stopped = false;
  const load = async () => {
    clearTimeout(timer);
    timer = undefined;
    try {
      await (only ? loadHealth(only) : loadAllHealth());
      onError(null);
    } catch (error) {
      onError(error);
    }
    const counts = only ? counting(only) : webhooks.peek().some(({ id }) => counting(id));
    if (!stopped && counts) timer ??= window.setTimeout(whenSeen, COUNTING);
  };
  const whenSeen = () => {
    if (document.hidden) timer = window.setTimeout(whenSeen, COUNTING);
    else void load();
  };
  let soon: number | undefined;
  const stopNews = onNews((news) => {
    const ours = news.some(
      ({ kind, data }) =>
        (kind === "attempt" || kind === "delivery") && (!only || (data as Attempt | Delivery).webhook === only),
    );
    if (ours) soon ??= window.setTimeout(() => ((soon = undefined), void load()), SETTLE);
  });
  const stopLook = onLook(() => (soon ??= window.setTimeout(() => ((soon = undefined), void load()), SETTLE)));
  // Each quarter of an hour the picture moves on by a bar.
  let turn = window.setTimeout(
    function next() {
      void load();
      turn = window.setTimeout(next, QUARTER);
    },
    QUARTER - (Date.now() % QUARTER) + 1_000,
  );
  void load();
  return () => {
    stopped = true;
    stopNews();
    stopLook();
    for (const one of [timer, soon, turn]) clearTimeout(one);
  };
}

function counting(id: string): boolean {
  const state = healths.peek().get(id)?.state;
  return state === "retrying" || state === "resting";
}
