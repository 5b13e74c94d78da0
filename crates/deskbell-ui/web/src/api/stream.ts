// Follows `GET /v2/stream` and never gives up: reads it with fetch, so that each new connection can say where the last one ended.
// Runs in the shared worker, or in the page where there is none. Owns reconnecting, falling back to asking, and the state to show.
import { createParser } from "eventsource-parser";

export type Kind = "booking" | "conversation" | "event" | "delivery" | "attempt" | "capture";

export interface News {
  kind: Kind;
  data: unknown;
}

/** What the top bar says. */
export type Connection =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "asking"; every: number }
  | { state: "catching-up"; soFar: number }
  | { state: "offline"; since: number; retryAt: number };

export type Report = { connection: Connection } | { news: News[] } | { look: true };

/** Nothing for this long, not even the comment that comes each 15 s: the line is dead. */
const SILENCE = 35_000;
/** The pause before a new connection: doubled each time, from one second to ten. */
const PAUSE = { first: 1_000, most: 10_000 };
/** After so many lines that broke without a single message, a proxy must be holding the stream back: ask instead. */
const BARREN = 3;
const ASK_EVERY = 2_000;
/** A backlog is over when no message came for this long. */
const CAUGHT_UP = 250;

export class Stream {
  private last: string | undefined;
  private barren = 0;
  private offlineSince: number | undefined;
  private stopped = false;
  private wake: (() => void) | undefined;
  private line: AbortController | undefined;

  /** @param url where the stream is. @param tell hears everything. */
  constructor(
    private readonly url: string,
    private readonly tell: (report: Report) => void,
  ) {}

  async run(): Promise<void> {
    this.tell({ connection: { state: "connecting" } });
    let pause = PAUSE.first;
    while (!this.stopped) {
      const began = Date.now();
      const heard = await this.follow().catch(() => false);
      if (this.stopped) return;
      this.barren = heard ? 0 : this.barren + 1;
      if (heard && Date.now() - began > 5_000) pause = PAUSE.first;
      this.offlineSince ??= Date.now();
      if (this.barren >= BARREN && (await this.reachable())) {
        await this.ask();
        pause = PAUSE.first;
        continue;
      }
      this.tell({ connection: { state: "offline", since: this.offlineSince, retryAt: Date.now() + pause } });
      await this.sleep(pause);
      pause = Math.min(pause * 2, PAUSE.most);
    }
  }

  /** The network came back, or somebody is looking again: do not wait for the pause to end. */
  hurry(): void {
    this.wake?.();
  }

  stop(): void {
    this.stopped = true;
    this.line?.abort();
    this.wake?.();
  }

  /** One connection to its end; whether anything was heard on it. */
  private async follow(): Promise<boolean> {
    const line = (this.line = new AbortController());
    let silence = setTimeout(() => line.abort(), SILENCE);
    let heard = false;
    try {
      const answer = await fetch(this.url, {
        credentials: "same-origin",
        cache: "no-store",
        signal: line.signal,
        headers: { accept: "text/event-stream", ...(this.last ? { "last-event-id": this.last } : {}) },
      });
      // What we held for a place in the stream is none any more (the data was replaced): start now, and look anew.
      if (answer.status === 400 && this.last) {
        this.last = undefined;
        this.tell({ look: true });
      }
      if (!answer.ok || !answer.body) return false;
      const back = this.offlineSince !== undefined && this.last !== undefined;
      const backlog = new Backlog(back, Date.parse(answer.headers.get("date") ?? "") || Date.now(), this.tell);
      this.offlineSince = undefined;
      let batch: News[] = [];
      const parser = createParser({
        onEvent: (message) => {
          if (message.id) this.last = message.id;
          if (message.event) batch.push({ kind: message.event as Kind, data: JSON.parse(message.data) });
        },
        onError: () => undefined,
      });
      const reader = answer.body
        .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
        .getReader();
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return heard;
          heard = true;
          clearTimeout(silence);
          silence = setTimeout(() => line.abort(), SILENCE);
          parser.feed(value);
          // The greeting is an id and no message: where the stream begins.
          this.last ??= /^id: (.+)$/m.exec(value)?.[1];
          if (batch.length > 0) {
            backlog.add(batch);
            this.tell({ news: batch });
            batch = [];
          }
        }
      } finally {
        backlog.end();
      }
    } finally {
      clearTimeout(silence);
      line.abort();
    }
  }

  /** Asks every two seconds for a minute, then tries the stream again. */
  private async ask(): Promise<void> {
    this.offlineSince = undefined;
    this.tell({ connection: { state: "asking", every: ASK_EVERY } });
    for (let round = 0; round < 30 && !this.stopped; round++) {
      this.tell({ look: true });
      await this.sleep(ASK_EVERY);
      if (!(await this.reachable())) break;
    }
    this.barren = 0;
  }

  private async reachable(): Promise<boolean> {
    const url = this.url.replace(/stream(\?.*)?$/, "test");
    return fetch(url, { credentials: "same-origin", cache: "no-store" }).then(
      (answer) => answer.ok,
      () => false,
    );
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Tells how much of what was missed has come, until what comes is new, or the line falls quiet. */
class Backlog {
  private soFar = 0;
  private quiet: ReturnType<typeof setTimeout> | undefined;

  /** @param began the server's time when the line was opened, to the second. */
  constructor(
    private catching: boolean,
    private readonly began: number,
    private readonly tell: (report: Report) => void,
  ) {
    if (catching) {
      tell({ connection: { state: "catching-up", soFar: 0 } });
      this.wait();
    } else tell({ connection: { state: "live" } });
  }

  add(batch: News[]): void {
    if (!this.catching) return;
    if (batch.some((news) => madeAt(news) > this.began)) return this.over();
    this.soFar += batch.length;
    this.tell({ connection: { state: "catching-up", soFar: this.soFar } });
    this.wait();
  }

  end(): void {
    clearTimeout(this.quiet);
    this.catching = false;
  }

  private wait(): void {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.over(), CAUGHT_UP);
  }

  private over(): void {
    this.end();
    this.tell({ connection: { state: "live" } });
  }
}

/** When that happened; 0 when it does not say. */
function madeAt({ kind, data }: News): number {
  const object = data as Record<string, unknown>;
  const time = kind === "attempt" ? object["started_time"] : kind === "event" ? object["creation_time"] : undefined;
  return typeof time === "string" ? Date.parse(time) : 0;
}
