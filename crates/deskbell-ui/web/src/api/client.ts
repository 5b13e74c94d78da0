// The public API as the page calls it: relative addresses, the session's cookie, and one kind of error.
import { first } from "./first";
import type { List, Problem } from "./objects";

/** Where the API is, from the page. */
const ROOT = "./v2/";

/** An answer that was not 2xx, or none at all (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | null,
  ) {
    super(message);
  }
}

export type Params = Record<string, string | number | boolean | null | undefined>;

/** Ids come from the page's address too, which anybody can write: one that would lead out of the API, or elsewhere in it, names nothing. */
const PLAIN = /^[\w-]+(\/[\w-]+)*$/;

/** The path with its parameters; those without a value are left out. */
export function address(path: string, params: Params = {}): string {
  if (!PLAIN.test(path)) throw new ApiError(404, "not_found", "Nothing has this id.", null);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return `${ROOT}${path}${text ? `?${text}` : ""}`;
}

/** A body that is JSON already. */
export class Json {
  constructor(readonly text: string) {}
}

/** How often a call that came too fast is made again, and the pause before that: five calls a second are allowed. */
const TOO_FAST = { tries: 5, pause: 400 };

async function call(
  method: string,
  url: string,
  body?: unknown,
  signal?: AbortSignal,
  tries = TOO_FAST.tries,
): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      // A form on another site cannot set this header: it is what tells our calls from forged ones.
      headers: {
        accept: "application/json",
        "x-deskbell": "1",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: body instanceof Json ? body.text : JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "offline", "Deskbell does not answer. It may be stopped, or the network is down.", null);
  }
  if (answer.ok) return answer;
  // Nothing was done yet, so that any call may be made again.
  if (answer.status === 429 && tries > 1) {
    await new Promise((resolve) => setTimeout(resolve, TOO_FAST.pause * (1 + Math.random())));
    signal?.throwIfAborted();
    return call(method, url, body, signal, tries - 1);
  }
  // The session is over: sign in, and come back to this place.
  if (answer.status === 401) location.assign("./sign-in");
  throw await refusal(answer);
}

/** What the server says when it refuses. */
export async function refusal(answer: Response): Promise<ApiError> {
  const problem: Partial<Problem> | null = await answer.json().catch(() => null);
  const message = problem?.message ?? `The server answered ${answer.status}.`;
  return new ApiError(answer.status, problem?.code ?? problem?.type ?? "unknown", message, problem?.param ?? null);
}

/** The answer, if it came with the page: good at once, so that it is drawn in the first frame. */
export const came = <T>(path: string, params?: Params): T | undefined =>
  first(address(path, params).slice(ROOT.length)) as T | undefined;

export async function get<T>(path: string, params?: Params, signal?: AbortSignal): Promise<T> {
  return came<T>(path, params) ?? ((await call("GET", address(path, params), undefined, signal)).json() as Promise<T>);
}

/** Where a page begins, in the order of the list: behind a row, or before it. */
export interface Cursor {
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/** A page of a list, with where the next one and the previous one begin: of a filter that finds little among many, it may be empty. */
export async function getPage<T>(path: string, params?: Params, signal?: AbortSignal): Promise<T & Cursor> {
  const known = came<T & Cursor>(path, params);
  if (known) return known;
  const answer = await call("GET", address(path, params), undefined, signal);
  const links = answer.headers.get("link") ?? "";
  return { ...((await answer.json()) as T), after: cursor(links, "next"), before: cursor(links, "previous") };
}

/** The cursor that a link of that relation has. */
function cursor(links: string, relation: "next" | "previous"): string | undefined {
  const [, url] = new RegExp(`<([^>]*)>; rel="${relation}"`).exec(links) ?? [];
  const query = new URLSearchParams(url?.split("?")[1]);
  return query.get(relation === "next" ? "after" : "before") ?? undefined;
}

export async function post<T>(path: string, body: unknown = {}): Promise<T> {
  return (await call("POST", address(path), body)).json() as Promise<T>;
}

export async function patch<T>(path: string, body: unknown): Promise<T> {
  return (await call("PATCH", address(path), body)).json() as Promise<T>;
}

export async function remove<T>(path: string): Promise<T> {
  return (await call("DELETE", address(path))).json() as Promise<T>;
}

/** A list to its end, at most `most` of it. */
export async function all<T extends { id: string }>(path: string, params: Params = {}, most = 1000): Promise<T[]> {
  const found: T[] = [];
  let after: string | undefined;
  do {
    const page: List<T> & Cursor = await getPage<List<T>>(path, { ...params, limit: 100, after });
    found.push(...page.data);
    after = page.has_more ? (page.after ?? page.data.at(-1)?.id) : undefined;
  } while (after && found.length < most);
  return found;
}
