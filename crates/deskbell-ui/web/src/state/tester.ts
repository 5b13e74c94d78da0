// The anonymous tester: one address, the token that reads it, and what it captured. There is no session here and no stream: the
// token goes in a header and nowhere else, and stands in the page's fragment, which browsers send to nobody.
import { batch, signal } from "@preact/signals";
import { ApiError, address, refusal } from "../api/client";
import type { AnonymousInbox, Capture, List } from "../api/objects";

/** The server keeps no more of them. */
const KEPT = 50;
/** Seconds that one call waits for news. */
const WAIT = 30;
/** Reads are allowed one a second. */
const PAUSE = 1000;
/** Between two tries while the server is out of reach. */
const AGAIN = 3000;

export const tester = signal<AnonymousInbox | null>(null);
export const captures = signal<readonly Capture[]>([]);
/** The chosen request; one that arrives takes nothing away. */
export const chosen = signal<string | null>(null);
/** Arrived while the page was open. */
export const fresh = new Set<string>();
/** The address that the fragment names takes nothing any more, or never was one. */
export const ended = signal(false);
/** The server does not answer; what is shown may be old. */
export const offline = signal(false);
export const error = signal<unknown>(null);

let running = new AbortController();

/** Opens the address that the fragment names, or a new one. */
export function open(): void {
  const token = location.hash.slice(1);
  if (token) follow(token);
  else void create();
}

/** A new address; what the old one captured stays readable by its own link. */
export async function create(): Promise<void> {
  running.abort();
  try {
    const made = (await (await call("POST", "tester")).json()) as AnonymousInbox;
    const token = made.read_token;
    if (!token) return;
    history.pushState(null, "", `#${token}`);
    follow(token, made);
  } catch (refused) {
    error.value = refused;
  }
}

/** Posts to the address from here, for a first look. */
export async function ring(): Promise<void> {
  const at = tester.peek();
  if (!at) return;
  const body = JSON.stringify({ hello: "from this page", time: new Date().toISOString() });
  const answer = await fetch(`.${new URL(at.url).pathname}`, {
    method: "POST",
    credentials: "omit",
    headers: { "content-type": "application/json" },
    body,
  });
  error.value = answer.ok ? null : await refusal(answer);
}

function follow(token: string, made?: AnonymousInbox): void {
  running.abort();
  running = new AbortController();
  const { signal: stop } = running;
  fresh.clear();
  batch(() => {
    tester.value = made ?? null;
    captures.value = [];
    chosen.value = null;
    ended.value = false;
    offline.value = false;
    error.value = null;
  });
  void listen(token, stop);
}

async function listen(token: string, stop: AbortSignal): Promise<void> {
  // Of what was there before, nothing is news.
  let opened = !!tester.peek();
  while (!stop.aborted) {
    try {
      tester.value ??= (await (await call("GET", "tester", token, stop)).json()) as AnonymousInbox;
      const newest = captures.peek()[0]?.id;
      const path = address("tester/requests", { limit: KEPT, before: newest, wait: WAIT }).slice("./v2/".length);
      const page = (await (await call("GET", path, token, stop)).json()) as List<Capture>;
      if (stop.aborted) return;
      offline.value = false;
      put(page.data, opened);
      opened = true;
      await pause(PAUSE, stop);
    } catch (refused) {
      if (stop.aborted) return;
      const status = refused instanceof ApiError ? refused.status : 0;
      if (status === 401) {
        ended.value = true;
        return;
      }
      if (refused instanceof ApiError && refused.code === "cursor_invalid") captures.value = [];
      offline.value = status !== 429 && status !== 400;
      await pause(AGAIN, stop);
    }
  }
}

function put(arrived: readonly Capture[], news: boolean): void {
  if (arrived.length === 0) return;
  const ids = new Set(arrived.map((capture) => capture.id));
  if (news) for (const id of ids) fresh.add(id);
  batch(() => {
    captures.value = [...arrived, ...captures.peek().filter((capture) => !ids.has(capture.id))].slice(0, KEPT);
    chosen.value ??= arrived[0]?.id ?? null;
  });
}

async function call(method: string, path: string, token?: string, stop?: AbortSignal): Promise<Response> {
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
  if (answer.ok) return answer;
  throw await refusal(answer);
}

function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    stop.addEventListener("abort", end, { once: true });
  });
}
