import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Health, Webhook } from "../api/objects";
import { attempt } from "../fake/objects";
import { FakeDocument, FakeServer, list } from "../fake/server";
import { QUARTER } from "../words/health";
import { webhooks } from "./account";
import { changeWebhook, deleteWebhook, Healths, healths } from "./webhooks";

const webhook = (id: string, state: string) => ({ id, name: id, health: { state } as Health }) as Webhook;

let server: FakeServer;
beforeEach(() => {
  // A quarter of an hour has just begun.
  vi.useFakeTimers({ now: Math.floor(Date.parse("2026-05-12T10:00:00Z") / QUARTER) * QUARTER });
  new FakeDocument();
  webhooks.value = [];
  healths.value = new Map();
  server = new FakeServer().on("GET webhooks", list([webhook("WHK-2", "healthy"), webhook("WHK-1", "healthy")]));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const states = () => [...healths.value].map(([id, { state }]) => `${id} ${state}`);

test("all of them come with their health", async () => {
  await new Healths(null).load();
  expect(server.asked).toEqual(["GET webhooks?expand=health&limit=100"]);
  expect(states()).toEqual(["WHK-2 healthy", "WHK-1 healthy"]);
  expect(webhooks.value.map(({ id }) => id)).toEqual(["WHK-2", "WHK-1"]);
});

test("one of them is asked for after its own tries, at most once in two seconds", async () => {
  server.on("GET webhooks/WHK-1", webhook("WHK-1", "healthy"));
  const one = new Healths("WHK-1");
  await one.load();
  for (let time = 0; time < 10; time++) {
    one.hear([
      { kind: "attempt", data: attempt("ATT-1") },
      { kind: "attempt", data: attempt("ATT-2", { webhook: "WHK-2" }) },
    ]);
    await vi.advanceTimersByTimeAsync(190);
  }
  expect(server.asked.length).toBe(1);
  await vi.advanceTimersByTimeAsync(100);
  expect(server.asked.length).toBe(2);
  one.hear([{ kind: "attempt", data: attempt("ATT-3", { webhook: "WHK-2" }) }]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.asked.length).toBe(2);
});

test("while it counts down to a try it is asked for every ten seconds, else when a quarter of an hour is over", async () => {
  server.on("GET webhooks/WHK-1", webhook("WHK-1", "retrying"));
  const one = new Healths("WHK-1");
  await one.load();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(server.asked.length).toBe(4);
  server.on("GET webhooks/WHK-1", webhook("WHK-1", "healthy"));
  await vi.advanceTimersByTimeAsync(10_000);
  await vi.advanceTimersByTimeAsync(QUARTER - 40_000);
  expect(server.asked.length).toBe(5);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(server.asked.length).toBe(6);
  one.stop();
  await vi.advanceTimersByTimeAsync(2 * QUARTER);
  expect(server.asked.length).toBe(6);
});

test("a change is shown with the health that follows from it, a deleted one is gone", async () => {
  await new Healths(null).load();
  server.on("PATCH webhooks/WHK-1", { id: "WHK-1", name: "Renamed" });
  server.on("GET webhooks/WHK-1", { ...webhook("WHK-1", "paused"), name: "Renamed" });
  await changeWebhook("WHK-1", { status: false });
  expect([states(), webhooks.value.map(({ name }) => name)]).toEqual([
    ["WHK-2 healthy", "WHK-1 paused"],
    ["WHK-2", "Renamed"],
  ]);
  server.on("DELETE webhooks/WHK-1", {});
  await deleteWebhook("WHK-1");
  expect(webhooks.value.map(({ id }) => id)).toEqual(["WHK-2"]);
});
