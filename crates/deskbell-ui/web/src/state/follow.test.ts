import { h, render } from "preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { News } from "../api/news";
import { event } from "../fake/objects";
import { FakeDocument, settled } from "../fake/server";

const heard = new Set<(news: readonly News[]) => void>();
const missed = new Set<() => void>();
const joined = <T>(all: Set<T>, one: T) => {
  all.add(one);
  return () => all.delete(one);
};
vi.mock("./live", () => ({
  onNews: (hear: (news: readonly News[]) => void) => joined(heard, hear),
  onMissed: (miss: () => void) => joined(missed, miss),
}));
const { follow, useOnce, useStore } = await import("./follow");
const { Store } = await import("./store");

const NEWS: readonly News[] = [{ kind: "event", data: event("EVT-1") }];

class Diary extends Store {
  constructor(
    readonly name = "",
    readonly entries: string[] = [],
  ) {
    super();
  }

  protected override async read(): Promise<void> {
    this.entries.push(`read ${this.name}`);
    // What happens while it is read is heard.
    if (this.loading.peek()) for (const hear of heard) hear(NEWS);
  }

  override hear(news: readonly News[]): void {
    this.entries.push(`heard ${news.length}`);
  }

  override stop(): void {
    super.stop();
    this.entries.push(`stopped ${this.name}`);
  }
}

/** As much of an element as a component that draws nothing needs. */
const nowhere = () => ({ childNodes: [], firstChild: null, namespaceURI: "", insertBefore: () => undefined }) as never;

beforeEach(() => {
  vi.useFakeTimers();
  new FakeDocument();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  heard.clear();
  missed.clear();
});

test("it hears before it reads, reads again for what was missed, and lets go", async () => {
  const diary = new Diary();
  const letGo = follow(diary);
  await settled();
  expect(diary.entries).toEqual(["read ", "heard 1"]);
  for (const miss of missed) miss();
  await settled();
  expect(diary.entries).toEqual(["read ", "heard 1", "read "]);
  letGo();
  expect(diary.entries.at(-1)).toBe("stopped ");
  expect([heard.size, missed.size]).toEqual([0, 0]);
});

test("a screen's store is followed while it is shown, and another one for another input", async () => {
  const entries: string[] = [];
  const Screen = ({ id }: { id: string | null }) => {
    useStore(() => (id ? new Diary(id, entries) : null), [id]);
    return null;
  };
  const place = nowhere();
  const draw = async (id: string | null) => {
    render(h(Screen, { id }), place);
    await vi.runAllTimersAsync();
  };
  await draw("A");
  await draw("A");
  expect(entries).toEqual(["read A", "heard 1"]);
  await draw("B");
  expect(entries.slice(2)).toEqual(["stopped A", "read B", "heard 1"]);
  await draw(null);
  expect(entries.slice(5)).toEqual(["stopped B"]);
  expect([heard.size, missed.size]).toEqual([0, 0]);
});

test("what is asked for once is asked for again for another input alone", async () => {
  const asked: number[] = [];
  let answer: unknown;
  const Screen = ({ number }: { number: number }) => {
    const once = useOnce(async () => {
      asked.push(number);
      return number * 10;
    }, [number]);
    answer = once.answer.peek();
    return null;
  };
  const place = nowhere();
  for (const number of [1, 1, 2, 2]) {
    render(h(Screen, { number }), place);
    await vi.runAllTimersAsync();
    for (const miss of missed) miss();
  }
  expect(asked).toEqual([1, 2]);
  expect(answer).toBe(20);
});
