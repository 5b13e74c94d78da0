// Walks at random through all that can happen to the list of deliveries: arrivals, cuts of the stream, answers that fail or come
// late, a reader who scrolls and holds. However it went, who scrolls to the end finds each delivery once, in the server's order.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Delivery } from "../api/objects";
import { delivery } from "../fake/objects";
import { FakeDocument, FakeServer, list, Refusal, settled } from "../fake/server";
import { Deliveries } from "./deliveries";

beforeEach(() => {
  vi.useFakeTimers();
  new FakeDocument();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const PAGE = 100;
const STEPS = 120;
/** Longer than a refresh that failed waits to be made again. */
const AGAIN = 11_000;

/** Whole numbers below `below`, the same for one seed. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 12)) >>> 0) % below;
  };
}

class Walk {
  readonly shown = new Deliveries({});
  /** Every delivery, oldest first. */
  readonly ledger: Delivery[] = [];
  private events = 0;
  private ms = 0;
  /** Of the ledger so many were told. */
  private told = 0;
  private connected = true;
  private failing = false;
  private late: (() => void)[] | null = null;

  constructor(private readonly roll: (below: number) => number) {
    new FakeServer().on("GET deliveries", (query: URLSearchParams) => this.answer(query));
    this.make(50);
    this.told = this.ledger.length;
    this.late = roll(2) === 0 ? [] : null;
    void this.shown.load();
  }

  private answer(query: URLSearchParams): unknown {
    const answer = this.failing && this.roll(3) === 0 ? new Refusal(502, "bad_gateway") : this.page(query);
    const { late } = this;
    return late ? new Promise((give) => late.push(() => give(answer))) : answer;
  }

  private page(query: URLSearchParams): unknown {
    const all = this.ledger.toReversed();
    const [after, before] = [query.get("after"), query.get("before")];
    const at = all.findIndex(({ id }) => id === (before ?? after));
    return before
      ? list(all.slice(Math.max(0, at - PAGE), at), at > PAGE)
      : list(all.slice(at + 1, at + 1 + PAGE), all.length > at + 1 + PAGE);
  }

  /** Up to so many events, often more than one in a millisecond, each for one webhook or a few. */
  private make(most: number): void {
    const siblings = 1 + this.roll(5);
    for (let left = 1 + this.roll(most); left > 0; left--) {
      const event = String(++this.events).padStart(6, "0");
      const creation_time = new Date(1_800_000_000_000 + this.ms).toISOString();
      for (let webhook = 0; webhook < siblings; webhook++)
        this.ledger.push(delivery(`DLV-${event}-${webhook}`, { event: `EVNT-${event}`, creation_time }));
    }
    this.ms += this.roll(2) * this.roll(5);
  }

  private tell(): void {
    while (this.connected && this.told < this.ledger.length) {
      const batch = this.ledger.slice(this.told, this.told + 1 + this.roll(60));
      this.told += batch.length;
      this.shown.hear(batch.map((data) => ({ kind: "delivery", data })));
    }
  }

  /** The stream ends, or begins anew with what comes now. */
  private plug(): void {
    this.connected = !this.connected;
    if (!this.connected) return;
    this.told = this.ledger.length;
    this.shown.missed();
  }

  private answerNow(): void {
    for (const give of this.late?.splice(0) ?? []) give();
  }

  async step(): Promise<void> {
    const { shown, roll } = this;
    const steps: (() => unknown)[] = [
      () => this.make(20),
      () => this.make(20),
      () => this.make(roll(5) === 0 ? 900 : 50),
      () => this.plug(),
      () => (shown.atTop = roll(2) === 0),
      () => (shown.holding = roll(3) === 0),
      () => shown.show(),
      () => shown.more.peek() && !shown.loading.peek() && shown.load(),
      () => {
        const tried = this.ledger[roll(this.told)];
        if (tried) shown.hear([{ kind: "delivery", data: { ...tried, status: "delivered" } }]);
      },
      () => this.answerNow(),
      () => (this.late ??= []),
      () => (this.failing = !this.failing),
      () => vi.advanceTimersByTimeAsync(AGAIN),
    ];
    void steps[roll(steps.length)]?.();
    this.tell();
    if (roll(3) > 0) await settled();
  }

  /** Everything is answered, and the reader scrolls from the top to the end. */
  async end(): Promise<void> {
    this.failing = false;
    this.answerNow();
    this.late = null;
    if (!this.connected) this.plug();
    for (let turn = 0; turn < 5; turn++) {
      for (let page = 0; page < 50; page++) await settled();
      await vi.advanceTimersByTimeAsync(AGAIN);
    }
    this.shown.holding = false;
    this.shown.atTop = true;
    while (this.shown.more.peek()) await this.shown.load();
  }
}

test.each(Array.from({ length: 16 }, (_, seed) => seed))(
  "nothing is lost, doubled or out of order: walk %i",
  async (seed) => {
    const walk = new Walk(dice(seed));
    const { shown } = walk;
    for (let step = 0; step < STEPS; step++) {
      await walk.step();
      const ids = [...shown.held.peek(), ...shown.rows.peek()].map((row) => row.peek().delivery.id);
      expect(new Set(ids).size).toBe(ids.length);
    }
    await walk.end();
    expect([shown.held.peek().length, shown.beyond.peek(), shown.uncounted.peek()]).toEqual([0, 0, false]);
    const all = walk.ledger.toReversed().map(({ id }) => id);
    expect(shown.ids.peek().toSorted()).toEqual(all.toSorted());
    // The siblings of one event are shown by how they fared.
    const event = (id: string) => id.slice(0, id.lastIndexOf("-"));
    expect(shown.ids.peek().map(event)).toEqual(all.map(event));
  },
);
