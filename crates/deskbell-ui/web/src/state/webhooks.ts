// How the webhooks do: their health as the server sums it up, kept fresh while somebody looks at it, and the changes to them.
//
// The stream tells when something happened to a webhook; its health is then asked for, at most once in two seconds.
import { batch, signal } from "@preact/signals";
import { ApiError, all, get, patch, post, remove } from "../api/client";
import type { News } from "../api/news";
import type { Health, List, Revision, Webhook } from "../api/objects";
import { webhooks } from "./account";
import { Store } from "./store";

/** By webhook. */
export const healths = signal<ReadonlyMap<string, Health>>(new Map());

const SETTLE = 2_000;
/**
 * No message tells of a change that somebody else makes, nor of the time that passes until the next try: one webhook is asked for so often,
 * and all of them where one counts down.
 */
const SOON = 10_000;
/** All of them otherwise. */
const LATER = 30_000;

/** Changes name, url, events or status. */
export async function changeWebhook(
  id: string,
  change: Partial<Pick<Webhook, "name" | "url" | "events" | "status">>,
): Promise<void> {
  take([await patch<Webhook>(`webhooks/${id}`, change)], false);
  take([await withHealth(id)], false);
}

/** Ends its rest: one delivery goes first, and when it arrives the others follow. */
export async function resumeWebhook(id: string): Promise<void> {
  take([await post<Webhook>(`webhooks/${id}/resume`)], false);
  take([await withHealth(id)], false);
}

/** Deletes it, for good. */
export async function deleteWebhook(id: string): Promise<void> {
  await remove(`webhooks/${id}`);
  forget(id);
}

function forget(id: string): void {
  webhooks.value = webhooks.peek().filter((one) => one.id !== id);
}

/** A webhook that was just made. */
export function addWebhook(made: Webhook): void {
  const { secret: _, ...kept } = made;
  take([kept], false);
  // Without its health the list says that it is being asked for: no harm.
  void withHealth(made.id).then(
    (found) => take([found], false),
    () => undefined,
  );
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

/** The health of one webhook, or of all, kept fresh. */
export class Healths extends Store<readonly Webhook[]> {
  constructor(private readonly only: string | null) {
    super();
  }

  protected override async read(): Promise<readonly Webhook[]> {
    if (!this.only) return all<Webhook>("webhooks", { expand: "health" });
    try {
      return [await withHealth(this.only)];
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) forget(this.only);
      throw error;
    }
  }

  protected override keep(found: readonly Webhook[]): void {
    take(found, this.only === null);
  }

  override hear(news: readonly News[]): void {
    const isOurs = ({ kind, data }: News) =>
      (kind === "attempt" || kind === "delivery") && (!this.only || data.webhook === this.only);
    if (news.some(isOurs)) this.refreshWithin(SETTLE);
  }

  override missed(): void {
    this.refreshWithin(SETTLE);
  }

  protected override lasts(): number {
    return this.only || webhooks.peek().some(({ id }) => counting(id)) ? SOON : LATER;
  }
}

/** What was changed of a webhook, the newest first. */
export class History extends Store<List<Revision>> {
  readonly revisions = signal<readonly Revision[] | null>(null);

  constructor(private readonly webhook: string) {
    super();
  }

  protected override read(signal: AbortSignal): Promise<List<Revision>> {
    return get<List<Revision>>(`webhooks/${this.webhook}/history`, {}, signal);
  }

  protected override keep(found: List<Revision>): void {
    this.revisions.value = found.data;
  }

  protected override lasts(): number {
    return SOON;
  }
}

const withHealth = (id: string): Promise<Webhook> => get<Webhook>(`webhooks/${id}`, { expand: "health" });

function counting(id: string): boolean {
  const state = healths.peek().get(id)?.state;
  return state === "retrying" || state === "resting";
}
