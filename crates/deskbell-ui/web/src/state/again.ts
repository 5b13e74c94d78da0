// Many deliveries sent again, one after the other: counted first, then tried by hand each, with how far it is and what was refused.
import { batch, signal } from "@preact/signals";
import { ApiError, getPage, type Params, post } from "../api/client";
import type { Delivery, DeliveryList, Webhook } from "../api/objects";
import { Store } from "./store";

/** So many are sent again at once; who has more does it again. */
export const MOST = 1_000;
const PAGE = 100;
/** Pages that are looked through for them: a search may find little on each. */
const PAGES = 40;

/** Why the server would refuse to send that again; null where it would not. A sample goes to a webhook that is off too. */
export function noRetry(sample: boolean, webhook: Webhook | null, deleted: boolean): string | null {
  if (deleted) return "The webhook is deleted";
  if (!webhook) return "Looking for the webhook";
  return webhook.status || sample
    ? null
    : `${webhook.name} is off: no events are sent to it until it is turned on, only samples`;
}

export interface Progress {
  done: number;
  /** Those that cannot be sent again: their bytes or their webhook are gone. */
  refused: number;
  over: boolean;
}

export class Again extends Store<readonly string[]> {
  /** What would be sent again; null until it was counted. */
  readonly ids = signal<readonly string[] | null>(null);
  /** There are more than were counted. */
  readonly more = signal(false);
  readonly progress = signal<Progress | null>(null);
  private halted = false;

  /** @param query what `GET /v2/deliveries` is asked with. @param fits which of those it finds are meant. */
  constructor(
    private readonly query: Params,
    private readonly fits: (delivery: Delivery) => boolean,
  ) {
    super();
  }

  protected override async read(signal: AbortSignal): Promise<readonly string[]> {
    const found: string[] = [];
    let after: string | undefined;
    for (let page = 0; ; page++) {
      const list = await getPage<DeliveryList>("deliveries", { ...this.query, after, limit: PAGE }, signal);
      found.push(...list.data.filter(this.fits).map(({ id }) => id));
      after = list.has_more ? (list.search?.cursor ?? list.after ?? list.data.at(-1)?.id) : undefined;
      this.more.value = !!after || found.length > MOST;
      if (!after || found.length >= MOST || page + 1 >= PAGES) return found.slice(0, MOST);
    }
  }

  protected override keep(ids: readonly string[]): void {
    this.ids.value = ids;
  }

  /** What was counted is what is sent again, whatever happens meanwhile. */
  override missed(): void {}

  /** The oldest first, as they were owed. */
  async send(): Promise<void> {
    this.halted = false;
    const ids = [...(this.ids.peek() ?? [])].reverse();
    let [done, refused] = [0, 0];
    const told = (over: boolean) => (this.progress.value = { done, refused, over });
    told(false);
    for (const id of ids) {
      if (this.halted) break;
      try {
        await post<Delivery>(`deliveries/${id}/retry`);
        done++;
      } catch (error) {
        // One that cannot be sent again keeps no other from it; a server that is gone does.
        if (!(error instanceof ApiError) || (error.status !== 409 && error.status !== 404)) {
          batch(() => {
            this.error.value = error;
            told(true);
          });
          return;
        }
        refused++;
      }
      told(false);
    }
    told(true);
  }

  /** Nothing more is sent again after the one that is under way. */
  halt(): void {
    this.halted = true;
  }

  override stop(): void {
    this.halt();
    super.stop();
  }
}
