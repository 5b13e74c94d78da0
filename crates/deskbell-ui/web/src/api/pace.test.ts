import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { event } from "../fake/objects";
import type { News } from "./news";
import { MOST, MUCH, PAUSE, paced } from "./pace";
import type { Report } from "./stream";

let told: Report[];
let tell: (report: Report) => void;
beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  tell = paced((report) => told.push(report));
});
afterEach(() => vi.useRealTimers());

const happened = (id: string): News => ({ kind: "event", data: event(id) });
const hear = (id: string) => tell({ news: [happened(id)] });
const ids = () => told.flatMap((report) => ("news" in report ? [report.news.map(({ data }) => data.id)] : []));
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test("what comes after a while of nothing is told at once, and the state that came behind it", async () => {
  hear("EVT-1");
  tell({ connection: { state: "live" } });
  await pass(0);
  expect(told).toEqual([{ news: [happened("EVT-1")] }, { connection: { state: "live" } }]);
  await pass(PAUSE.short);
  hear("EVT-2");
  await pass(0);
  expect(ids()).toEqual([["EVT-1"], ["EVT-2"]]);
});

test("however fast things happen, a page hears of them a few times a second: all of them, in their order", async () => {
  const happens = async (count: number, every: number) => {
    const all = Array.from({ length: count }, (_, at) => `EVT-${count}-${at}`);
    const before = ids().length;
    for (const id of all) {
      hear(id);
      await pass(every);
    }
    await pass(PAUSE.long);
    const since = ids().slice(before);
    expect(since.flat()).toEqual(all);
    return since.length;
  };
  // Some in a pause, and more than are few.
  const [some, many] = [PAUSE.short / 10, PAUSE.long / MUCH / 10];
  expect(await happens(400, some)).toBeLessThanOrEqual((400 * some) / PAUSE.short + 2);
  expect(await happens(4_000, many)).toBeLessThanOrEqual((4_000 * many) / PAUSE.long + 3);
});

test("states are told in their order, and one that lasts with its last figure", async () => {
  const states: Report[] = [
    { connection: { state: "offline", since: 0, retryAt: 1 } },
    { connection: { state: "catching-up", soFar: 1 } },
    { connection: { state: "catching-up", soFar: 2 } },
    { missed: true },
    { connection: { state: "live" } },
  ];
  hear("EVT-1");
  await pass(0);
  for (const state of states) tell(state);
  hear("EVT-2");
  await pass(PAUSE.short);
  expect(told.slice(1)).toEqual([{ news: [happened("EVT-2")] }, ...states.filter((_, at) => at !== 1)]);
});

test("a page whose timers sleep is not held more than it can use, and is told that it missed some", async () => {
  hear("EVT-0");
  await pass(0);
  for (let at = 1; at <= 2 * MOST + 2; at++) hear(`EVT-${at}`);
  hear("EVT-last");
  await pass(PAUSE.short);
  expect(told.slice(1)).toEqual([{ news: [happened("EVT-last")] }, { missed: true }]);
});

test("one who hears badly keeps no state from the page", async () => {
  const [faults, heard]: [unknown[], Report[]] = [[], []];
  vi.stubGlobal("reportError", (error: unknown) => faults.push(error));
  const tell = paced((report) => {
    if ("news" in report) throw new Error("ill");
    heard.push(report);
  });
  tell({ news: [happened("EVT-1")] });
  tell({ connection: { state: "live" } });
  await pass(0);
  expect([faults.length, heard]).toEqual([1, [{ connection: { state: "live" } }]]);
  vi.unstubAllGlobals();
});
