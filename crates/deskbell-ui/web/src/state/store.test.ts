import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeDocument, later, settled } from "../fake/server";
import { Store } from "./store";

class Numbers extends Store<number> {
  kept: number[] = [];
  lives: number | null = null;
  question: (signal: AbortSignal) => Promise<number> = async () => 1;

  protected override read(signal: AbortSignal): Promise<number> {
    return this.question(signal);
  }

  protected override keep(found: number): void {
    this.kept.push(found);
  }

  protected override lasts(): number | null {
    return this.lives;
  }

  turn(): void {
    this.forgetReads();
  }

  soon(ms: number): void {
    this.refreshWithin(ms);
  }
}

let page: FakeDocument;
beforeEach(() => {
  vi.useFakeTimers();
  page = new FakeDocument();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("it is loading until the first answer is there", async () => {
  const store = new Numbers();
  const { answer, give } = later<number>();
  store.question = () => answer;
  const load = store.load();
  expect([store.loading.value, store.kept]).toEqual([true, []]);
  give(7);
  await load;
  expect([store.loading.value, store.kept]).toEqual([false, [7]]);
});

test("a refresh does not say that it is loading, and one that fails keeps what is shown", async () => {
  const store = new Numbers();
  await store.load();
  const { answer, fail } = later<number>();
  store.question = () => answer;
  const refresh = store.refresh();
  expect(store.loading.value).toBe(false);
  fail(new Error("no"));
  await refresh;
  expect([store.kept, store.error.value]).toEqual([[1], new Error("no")]);
  store.question = async () => 2;
  await store.refresh();
  expect([store.kept, store.error.value]).toEqual([[1, 2], null]);
});

test("an answer never undoes that of a later read", async () => {
  const store = new Numbers();
  const [slow, quick] = [later<number>(), later<number>()];
  store.question = () => slow.answer;
  const first = store.load();
  store.question = () => quick.answer;
  const second = store.load();
  quick.give(2);
  await second;
  slow.give(1);
  await first;
  expect(store.kept).toEqual([2]);
});

test("slow answers are kept however often it is asked anew", async () => {
  const store = new Numbers();
  const answers: ((value: number) => void)[] = [];
  store.question = () => new Promise((give) => answers.push(give));
  const reads = [store.load(), store.refresh(), store.refresh()];
  for (const [index, give] of answers.entries()) {
    give(index);
    await reads[index];
  }
  expect(store.kept).toEqual([0, 1, 2]);
});

test("what is read for a question that nobody asks any more is dropped", async () => {
  const store = new Numbers();
  const { answer, give } = later<number>();
  store.question = () => answer;
  const old = store.load();
  store.turn();
  give(1);
  await old;
  expect([store.kept, store.loading.value]).toEqual([[], true]);
});

test("an old read that fails is no error of the new one", async () => {
  const store = new Numbers();
  const { answer, fail } = later<number>();
  store.question = () => answer;
  const first = store.load();
  store.question = async () => 2;
  await store.load();
  fail(new Error("late"));
  await first;
  expect([store.kept, store.error.value, store.loading.value]).toEqual([[2], null, false]);
});

test("what comes after nobody looks any more is kept by nobody, and the call is given up", async () => {
  const store = new Numbers();
  const { answer, give } = later<number>();
  let aborted = false;
  store.question = (signal) => {
    signal.addEventListener("abort", () => (aborted = true));
    return answer;
  };
  store.lives = 10;
  const load = store.load();
  store.stop();
  give(1);
  await load;
  expect([store.kept, aborted, vi.getTimerCount()]).toEqual([[], true, 0]);
  store.soon(10);
  expect(vi.getTimerCount()).toBe(0);
});

test("many who ask for a refresh get one, as soon as the most hurried of them asked", async () => {
  const store = new Numbers();
  store.soon(500);
  store.soon(100);
  store.soon(300);
  await vi.advanceTimersByTimeAsync(99);
  expect(store.kept).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(store.kept).toEqual([1]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(store.kept).toEqual([1]);
});

test("an answer that lasts for a while is refreshed when that is over, and again after a failure", async () => {
  const store = new Numbers();
  store.lives = 1_000;
  await store.load();
  store.question = async () => {
    throw new Error("down");
  };
  await vi.advanceTimersByTimeAsync(1_000);
  expect(store.error.value).toEqual(new Error("down"));
  store.question = async () => 3;
  await vi.advanceTimersByTimeAsync(1_000);
  expect([store.kept, store.error.value]).toEqual([[1, 3], null]);
  store.stop();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(store.kept).toEqual([1, 3]);
});

test("many who ask while the page is hidden get one refresh when it is seen", async () => {
  const store = new Numbers();
  page.turn(true);
  for (let second = 0; second < 60; second++) {
    store.soon(500);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  page.turn(false);
  await settled();
  expect([store.kept, vi.getTimerCount()]).toEqual([[1], 0]);
  store.soon(500);
  await vi.advanceTimersByTimeAsync(500);
  expect(store.kept).toEqual([1, 1]);
});

test("a hidden page asks for nothing until it is seen", async () => {
  const store = new Numbers();
  store.lives = 1_000;
  await store.load();
  page.turn(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(store.kept).toEqual([1]);
  page.turn(false);
  await settled();
  expect(store.kept).toEqual([1, 1]);
  page.turn(true);
  await vi.advanceTimersByTimeAsync(60_000);
  store.stop();
  page.turn(false);
  await settled();
  expect(store.kept).toEqual([1, 1]);
});
