// A server for tests: it answers by path, and remembers what it was asked.
import { vi } from "vitest";

type Answer = unknown | ((query: URLSearchParams, body: unknown) => unknown);

/** A refusal, with the API's own words. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {}
}

/** A page that says where the next one begins. */
export class Page {
  constructor(
    readonly list: unknown,
    readonly link: string,
  ) {}
}

export class FakeServer {
  /** `GET deliveries?limit=100`, in order. */
  readonly asked: string[] = [];
  private readonly answers = new Map<string, Answer>();

  /** Answers all calls from now on. */
  constructor() {
    vi.stubGlobal("fetch", (url: string, init?: RequestInit) => this.call(url, init));
  }

  /** @param call `GET deliveries`. @param answer an object, or what makes one of the query and the body. */
  on(call: string, answer: Answer): this {
    this.answers.set(call, answer);
    return this;
  }

  /** How often it was asked that, whatever the parameters. */
  count(call: string): number {
    return this.asked.filter((one) => one === call || one.startsWith(`${call}?`)).length;
  }

  private async call(url: string, init: RequestInit = {}): Promise<Response> {
    const [path = "", query = ""] = url.replace("./v2/", "").split("?");
    const call = `${init.method ?? "GET"} ${path}`;
    this.asked.push(query ? `${call}?${query}` : call);
    if (!this.answers.has(call)) throw new Error(`nobody answers ${call}`);
    const given = this.answers.get(call);
    const body = typeof init.body === "string" ? JSON.parse(init.body) : null;
    const answer = await (typeof given === "function" ? given(new URLSearchParams(query), body) : given);
    if (answer instanceof Page) return Response.json(answer.list, { headers: { link: answer.link } });
    if (!(answer instanceof Refusal)) return Response.json(answer);
    return Response.json({ code: answer.code, message: answer.code, type: "invalid" }, { status: answer.status });
  }
}

export const list = <T>(data: readonly T[], has_more = false) => ({ object: "list", data, has_more });

/** An answer that comes when the test says so. */
export function later<T>(): { answer: Promise<T>; give: (value: T) => void; fail: (error: unknown) => void } {
  let give: (value: T) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const answer = new Promise<T>((resolve, reject) => {
    give = resolve;
    fail = reject;
  });
  return { answer, give, fail };
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

/** The page, seen or hidden. */
export class FakeDocument extends EventTarget {
  hidden = false;

  constructor() {
    super();
    vi.stubGlobal("document", this);
  }

  turn(hidden: boolean): void {
    this.hidden = hidden;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}
