// The anonymous tester: one address, the token that reads it, and what it captured. There is no session here and no stream: the
// token goes in a header and nowhere else, and stands in the page's fragment, which browsers send to nobody.
import { computed, signal } from "@preact/signals";
import { ApiError, address, refusal } from "../api/client";
import type { AnonymousInbox, Capture, List } from "../api/objects";
import { Store } from "./store";

/** The server keeps no more of them. */
const KEPT = 50;
/** Seconds that one call waits for news. */
const WAIT = 30;
/** Reads are allowed one a second. */
const PAUSE = 1_000;
/** Between two tries while the server is out of reach. */
const AGAIN = 3_000;

/** What the page's fragment names. */
export const token = signal("");
/** Why the last thing that was asked for by hand was refused. */
export const refused = signal<unknown>(null);
/** The address that was just opened here; what came to it is news from the first on. */
let made: AnonymousInbox | null = null;

/** Reads the fragment; without one a new address is opened. */
export function readFragment(): void {
  token.value = location.hash.slice(1);
  if (!token.value) void create();
}

/** A new address; what the old one captured stays readable by its own link. */
export async function create(): Promise<void> {
  try {
    made = await call<AnonymousInbox>("POST", "tester");
    refused.value = null;
    if (!made.read_token) return;
    history.pushState(null, "", `#${made.read_token}`);
    token.value = made.read_token;
  } catch (error) {
    refused.value = error;
  }
}

/** One address, followed by calls that wait for news. */
export class Tester extends Store<List<Capture>> {
  readonly inbox = signal<AnonymousInbox | null>(null);
  readonly captures = signal<readonly Capture[]>([]);
  /** The chosen request; one that arrives takes nothing away. */
  readonly chosen = signal<string | null>(null);
  /** Arrived while the page was open. */
  readonly fresh = new Set<string>();
  /** The address takes nothing any more, or never was one. */
  readonly ended = computed(() => this.status.value === 401);
  /** The server does not answer; what is shown may be old. */
  readonly offline = computed(() => this.error.value !== null && ![400, 401, 429].includes(this.status.value));
  private readonly status = computed(() => (this.error.value instanceof ApiError ? this.error.value.status : 0));
  /** Of what was there before, nothing is news. */
  private opened = false;

  constructor(private readonly token: string) {
    super();
    if (made?.read_token !== token) return;
    this.inbox.value = made;
    this.opened = true;
  }

  protected override async read(stop: AbortSignal): Promise<List<Capture>> {
    this.inbox.value ??= await call<AnonymousInbox>("GET", "tester", this.token, stop);
    const before = this.captures.peek()[0]?.id;
    const path = address("tester/requests", { limit: KEPT, before, wait: WAIT }).slice("./v2/".length);
    try {
      return await call<List<Capture>>("GET", path, this.token, stop);
    } catch (error) {
      // What was newest is kept no more: from the start.
      if (error instanceof ApiError && error.code === "cursor_invalid") this.captures.value = [];
      throw error;
    }
  }

  protected override keep({ data }: List<Capture>): void {
    const ids = new Set(data.map(({ id }) => id));
    if (this.opened) for (const id of ids) this.fresh.add(id);
    this.opened = true;
    if (data.length === 0) return;
    this.captures.value = [...data, ...this.captures.peek().filter(({ id }) => !ids.has(id))].slice(0, KEPT);
    const kept = new Set(this.captures.peek().map(({ id }) => id));
    for (const id of this.fresh) if (!kept.has(id)) this.fresh.delete(id);
    this.chosen.value ??= data[0]?.id ?? null;
  }

  protected override lasts(): number | null {
    if (this.ended.peek()) return null;
    return this.error.peek() ? AGAIN : PAUSE;
  }

  /** Posts to the address from here, for a first look. */
  async ring(): Promise<void> {
    const at = this.inbox.peek();
    if (!at) return;
    const body = JSON.stringify({ hello: "from this page", time: new Date().toISOString() });
    const headers = { "content-type": "application/json" };
    // Not the address itself: this page may be on another name, and below a path.
    const here = `./in/${at.url.slice(at.url.lastIndexOf("/") + 1)}`;
    const answer = await fetch(here, { method: "POST", credentials: "omit", headers, body });
    refused.value = answer.ok ? null : await refusal(answer);
  }
}

async function call<T>(method: string, path: string, token?: string, stop?: AbortSignal): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`./v2/${path}`, {
      method,
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      headers: { accept: "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
      ...(stop ? { signal: stop } : {}),
    });
  } catch {
    throw new ApiError(0, "offline", "Deskbell does not answer. It may be stopped, or the network is down.", null);
  }
  if (!answer.ok) throw await refusal(answer);
  return answer.json();
}
