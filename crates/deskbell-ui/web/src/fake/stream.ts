// The stream's server for tests: what each connection meets, what it sent, and what was told of it.
import { vi } from "vitest";
import type { News } from "../api/news";
import { type Connection, type Report, Stream } from "../api/stream";

/** What a connection meets: an open stream, one that says nothing yet, one that ends without a byte, a status, or nobody. */
type Meets = "open" | "quiet" | "silent" | "nobody" | number;

/** One connection that was opened. */
class Line {
  private body: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly response: Response;

  constructor(
    /** Where it asked to go on. */
    readonly after: string | null,
    readonly signal: AbortSignal,
  ) {
    const stream = new ReadableStream<Uint8Array>({
      start: (body) => {
        this.body = body;
      },
    });
    signal.addEventListener("abort", () => this.fail());
    this.response = new Response(stream, { headers: { date: new Date(Date.now()).toUTCString() } });
  }

  /** Sends it as it is. */
  async text(text: string): Promise<void> {
    this.body?.enqueue(new TextEncoder().encode(text));
    await turn();
  }

  /** Says how far behind it is. */
  lag(ms: number): Promise<void> {
    return this.text(`event: lag\ndata: {"behind_ms":${ms}}\n\n`);
  }

  send(id: string, { kind, data }: News): Promise<void> {
    return this.text(`id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  async end(): Promise<void> {
    this.body?.close();
    await turn();
  }

  private fail(): void {
    try {
      this.body?.error(new DOMException("aborted", "AbortError"));
    } catch {
      // It had ended.
    }
  }
}

export class FakeStream {
  readonly lines: Line[] = [];
  /** Every state that was told, in order. */
  readonly states: Connection[] = [];
  readonly news: News[] = [];
  missed = 0;
  onReport: (report: Report) => void = () => undefined;
  /** Whether another call of the API is answered. */
  reachable = true;
  readonly stream: Stream;

  /** Follows from now on. Time stands still but where the test moves it. */
  constructor(public meets: Meets = "open") {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: Date.parse("2026-05-12T10:00:00Z") });
    vi.stubGlobal("fetch", (url: string, init: RequestInit) => this.call(url, init));
    this.stream = new Stream("https://desk.example/v2/stream", (report) => this.take(report));
    void this.stream.run();
  }

  get state(): Connection["state"] | undefined {
    return this.states.at(-1)?.state;
  }

  /** The newest connection. */
  get line(): Line {
    const line = this.lines.at(-1);
    if (!line) throw new Error("nothing was opened");
    return line;
  }

  private take(report: Report): void {
    this.onReport(report);
    if ("connection" in report) this.states.push(report.connection);
    else if ("news" in report) this.news.push(...report.news);
    else this.missed++;
  }

  private async call(url: string, { headers, signal }: RequestInit): Promise<Response> {
    if (url.endsWith("/test")) {
      if (this.reachable) return new Response();
      throw new TypeError("Failed to fetch");
    }
    const line = new Line(new Headers(headers).get("last-event-id"), signal ?? new AbortController().signal);
    this.lines.push(line);
    if (this.meets === "nobody") throw new TypeError("Failed to fetch");
    if (typeof this.meets === "number") return new Response(null, { status: this.meets });
    if (this.meets === "silent") void line.end();
    // One that begins now has nothing to catch up with.
    else if (this.meets === "open" && line.after === null)
      void line.text(': here\n\nevent: lag\ndata: {"behind_ms":0}\n\n');
    return line.response;
  }
}

/** Lets the bytes run through: they take turns of the event loop, and no time. */
export const turn = (): Promise<void> =>
  new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));

/** Time goes on. */
export async function pass(ms: number): Promise<void> {
  await turn();
  await vi.advanceTimersByTimeAsync(ms);
  await turn();
}
