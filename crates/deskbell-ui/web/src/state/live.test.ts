import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { News } from "../api/news";
import type { Report } from "../api/stream";
import { event } from "../fake/objects";
import { FakeDocument } from "../fake/server";

/** The shared worker, as the page sees it. */
class FakeWorker {
  static port: { onmessage: (message: { data: Report }) => void; posted: unknown[] };
  readonly port = {
    posted: [] as unknown[],
    onmessage: () => undefined,
    postMessage: (data: unknown) => this.hear(data),
  };

  constructor() {
    FakeWorker.port = this.port;
  }

  private hear(data: unknown): void {
    this.port.posted.push(data);
  }
}

const tell = (data: Report) => FakeWorker.port.onmessage({ data });
const listeners = new EventTarget();
let page: FakeDocument;
let live: typeof import("./live");
beforeEach(async () => {
  vi.resetModules();
  page = new FakeDocument();
  vi.stubGlobal("location", { href: "https://desk.example/hooks/" });
  vi.stubGlobal("window", { SharedWorker: FakeWorker });
  vi.stubGlobal("SharedWorker", FakeWorker);
  vi.stubGlobal("addEventListener", listeners.addEventListener.bind(listeners));
  live = await import("./live");
  live.listen();
});
afterEach(() => vi.unstubAllGlobals());

test("the worker is told where the stream is, below whatever path the page is", () => {
  expect(FakeWorker.port.posted).toEqual([{ url: "https://desk.example/hooks/v2/stream" }]);
});

test("news reaches everybody who hears, until they stop", () => {
  const [first, second]: News[][] = [[], []];
  const stop = live.onNews((news) => first?.push(...news));
  live.onNews((news) => second?.push(...news));
  tell({ news: [{ kind: "event", data: event("EVT-1") }] });
  stop();
  tell({ news: [{ kind: "event", data: event("EVT-2") }] });
  expect([first?.length, second?.length]).toEqual([1, 2]);
});

test("what happened before the stream's first word was missed, and so is what it cannot tell", () => {
  const missed = vi.fn();
  live.onMissed(missed);
  tell({ connection: { state: "live" } });
  expect([missed.mock.calls.length, live.connection.value]).toEqual([1, { state: "live" }]);
  tell({ connection: { state: "offline", since: 0, retryAt: 1 } });
  tell({ connection: { state: "live" } });
  expect(missed).toHaveBeenCalledTimes(1);
  tell({ missed: true });
  expect(missed).toHaveBeenCalledTimes(2);
});

test("a first word that the stream is behind is a first word too", () => {
  const missed = vi.fn();
  live.onMissed(missed);
  tell({ connection: { state: "behind", ms: 12_000 } });
  tell({ connection: { state: "live" } });
  expect(missed).toHaveBeenCalledTimes(1);
});

test("whoever looks again, or is on the network again, hurries the stream", () => {
  page.turn(true);
  expect(FakeWorker.port.posted.length).toBe(1);
  page.turn(false);
  listeners.dispatchEvent(new Event("online"));
  expect(FakeWorker.port.posted.slice(1)).toEqual(["hurry", "hurry"]);
});
