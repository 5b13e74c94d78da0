import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../api/client";
import type { Health, Webhook } from "../api/objects";
import { attempt } from "../fake/objects";
import { FakeDocument, FakeServer, list, Refusal } from "../fake/server";
import { webhooks } from "./account";
import { changeWebhook, deleteWebhook, Healths, History, healths } from "./webhooks";

const webhook = (id: string, state: string) => ({ id, name: id, health: { state } as Health }) as Webhook;

let server: FakeServer;
beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-05-12T10:00:00Z") });
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
  await vi.advanceTimersByTimeAsync(9_000);
  expect(server.asked.length).toBe(2);
});

test("what others change is looked for: of one every ten seconds, of all every thirty while none counts down", async () => {
  server.on("GET webhooks/WHK-1", webhook("WHK-1", "healthy"));
  const [one, whole] = [new Healths("WHK-1"), new Healths(null)];
  await Promise.all([one.load(), whole.load()]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect([server.count("GET webhooks/WHK-1"), server.count("GET webhooks")]).toEqual([4, 2]);
  server.on("GET webhooks", list([webhook("WHK-1", "retrying")]));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(server.count("GET webhooks")).toBe(3);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(server.count("GET webhooks")).toBe(6);
  one.stop();
  whole.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.count("GET webhooks")).toBe(6);
});

test("one that somebody else deleted is gone", async () => {
  await new Healths(null).load();
  server.on("GET webhooks/WHK-1", new Refusal(404, "not_found"));
  const one = new Healths("WHK-1");
  await one.load();
  expect(webhooks.value.map(({ id }) => id)).toEqual(["WHK-2"]);
  expect(one.error.value).toBeInstanceOf(ApiError);
});

test("what was changed is looked for too", async () => {
  const revision = {
    object: "revision",
    time: "2026-05-12T10:00:00Z",
    by: "owner",
    changes: [{ field: "name", from: "A", to: "B" }],
  };
  server.on("GET webhooks/WHK-1/history", list([]));
  const history = new History("WHK-1");
  await history.load();
  expect(history.revisions.value).toEqual([]);
  server.on("GET webhooks/WHK-1/history", list([revision]));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(history.revisions.value).toEqual([revision]);
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
