// Follows `GET /v2/stream` and never gives up: reads it with fetch, so that each new connection can say where the last one ended.
// Runs in the shared worker, or in the page where there is none. Owns reconnecting, falling back to polling, and the state to show.
import { createParser } from "eventsource-parser";
import { lagOf, type News, newsOf } from "./news";

/** What the top bar says. */
export type Connection =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "polling"; every: number }
  | { state: "catching-up"; soFar: number }
  | { state: "behind"; ms: number }
  | { state: "offline"; since: number; retryAt: number };

/** The state of the connection, what it told, or that things happened which it could not tell. */
export type Report = { connection: Connection } | { news: readonly News[] } | { missed: true };

/** Nothing for this long, not even the comment that comes each 15 s: the connection is dead. */
const IDLE_TIMEOUT = 35_000;
/** The pause before a new connection: doubled each time, from one second to ten. */
const BACK_OFF = { first: 1_000, most: 10_000 };
/** A connection that was heard on for this long was a good one: the back-off begins anew. */
const GOOD = 5_000;
/** After so many connections that broke without a single byte, a proxy must be holding the stream back: poll instead. */
const SILENT_CONNECTIONS = 3;
/** So often, and so many times before the stream is tried again. */
const POLL = { every: 2_000, rounds: 30 };
/** A stream that is less behind than this is live. */
const LIVE = 1_000;

export class Stream {
  private last: string | undefined;
  /** Connections in a row on which nothing was heard. */
  private silent = 0;
  private offlineSince: number | undefined;
  private stopped = false;
  private wake: (() => void) | undefined;
  private connection: AbortController | undefined;

  /** @param url where the stream is. @param tell hears everything. */
  constructor(
    private readonly url: string,
    private readonly tell: (report: Report) => void,
  ) {}

  async run(): Promise<void> {
    this.tell({ connection: { state: "connecting" } });
    let pause = BACK_OFF.first;
    while (!this.stopped) {
      const began = Date.now();
      const heard = await this.follow().catch(() => false);
      if (this.stopped) return;
      this.silent = heard ? 0 : this.silent + 1;
      if (heard && Date.now() - began > GOOD) pause = BACK_OFF.first;
      this.offlineSince ??= Date.now();
      if (this.silent >= SILENT_CONNECTIONS && (await this.reachable())) {
        await this.poll();
        pause = BACK_OFF.first;
        continue;
      }
      this.tell({ connection: { state: "offline", since: this.offlineSince, retryAt: Date.now() + pause } });
      await this.sleep(pause);
      pause = Math.min(pause * 2, BACK_OFF.most);
    }
  }

  /** The network came back, or somebody is looking again: do not wait for the pause to end. */
  hurry(): void {
    this.wake?.();
  }

  stop(): void {
    this.stopped = true;
    this.connection?.abort();
    this.wake?.();
  }

  /** One connection to its end; whether anything was heard on it. */
  private async follow(): Promise<boolean> {
    const connection = new AbortController();
    this.connection = connection;
    let idle = setTimeout(() => connection.abort(), IDLE_TIMEOUT);
    let heard = false;
    try {
      const answer = await fetch(this.url, {
        credentials: "same-origin",
        cache: "no-store",
        signal: connection.signal,
        headers: { accept: "text/event-stream", ...(this.last ? { "last-event-id": this.last } : {}) },
      });
      // What we held for a place in the stream is none any more (the data was replaced): start now, and look anew.
      if (answer.status === 400 && this.last) {
        this.last = undefined;
        this.tell({ missed: true });
      }
      if (!answer.ok || !answer.body) return false;
      const back = this.offlineSince !== undefined && this.last !== undefined;
      const following = new Following(back, this.tell);
      this.offlineSince = undefined;
      let batch: News[] = [];
      let lag: number | null = null;
      const parser = createParser({
        onEvent: (message) => {
          if (message.id) this.last = message.id;
          if (!message.event) return;
          const news = newsOf(message.event, message.data);
          if (news) batch.push(news);
          lag = lagOf(message.event, message.data) ?? lag;
        },
        onError: () => undefined,
      });
      const reader = answer.body
        .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
        .getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return heard;
        heard = true;
        clearTimeout(idle);
        idle = setTimeout(() => connection.abort(), IDLE_TIMEOUT);
        parser.feed(value);
        // The greeting is an id and no message: where the stream begins.
        this.last ??= /^id: (.+)$/m.exec(value)?.[1];
        if (batch.length > 0) {
          following.heard(batch.length);
          this.tell({ news: batch });
          batch = [];
        }
        // Behind the news that came with it: who hears *live* has heard them.
        if (lag !== null) following.lag(lag);
        lag = null;
      }
    } finally {
      clearTimeout(idle);
      connection.abort();
    }
  }

  /** Has the screens ask for themselves, for a minute; then the stream is tried again. */
  private async poll(): Promise<void> {
    this.offlineSince = undefined;
    this.tell({ connection: { state: "polling", every: POLL.every } });
    for (let round = 0; round < POLL.rounds && !this.stopped; round++) {
      this.tell({ missed: true });
      await this.sleep(POLL.every);
      if (!(await this.reachable())) break;
    }
    this.silent = 0;
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

/** What the state of an open connection is: the stream's own word for how far behind it is, and until the first one a guess. */
class Following {
  private soFar = 0;
  private guessing = true;

  /** @param back the stream goes on where another connection ended. */
  constructor(
    private readonly back: boolean,
    private readonly tell: (report: Report) => void,
  ) {
    if (back) tell({ connection: { state: "catching-up", soFar: 0 } });
  }

  heard(news: number): void {
    if (!this.back || !this.guessing) return;
    this.soFar += news;
    this.tell({ connection: { state: "catching-up", soFar: this.soFar } });
  }

  lag(ms: number): void {
    this.guessing = false;
    this.tell({ connection: ms < LIVE ? { state: "live" } : { state: "behind", ms } });
  }
}
