import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Webhook } from "../api/objects";
import { delivery } from "../fake/objects";
import { FakeServer, list, Page, Refusal } from "../fake/server";
import { Again, noRetry } from "./again";

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
});
afterEach(() => vi.unstubAllGlobals());

const page = (from: number, many: number) =>
  Array.from({ length: many }, (_, index) => delivery(`DLV-${from - index}`, { status: "cancelled" }));
const all = () => true;

async function counted(again: Again): Promise<Again> {
  await again.load();
  return again;
}

test("all pages are counted before anything is sent, and only what is meant", async () => {
  server.on("GET deliveries", (query: URLSearchParams) =>
    query.get("after") ? list(page(2, 2)) : list(page(4, 2), true),
  );
  const again = await counted(new Again({ q: "status:cancelled" }, ({ id }) => id !== "DLV-3"));
  expect(again.ids.value).toEqual(["DLV-4", "DLV-2", "DLV-1"]);
  expect(again.more.value).toBe(false);
  expect(server.asked.every((call) => call.startsWith("GET"))).toBe(true);
});

test("a page that found nothing is no end where another one follows", async () => {
  const link = '<http://bell.example/v2/deliveries?status=cancelled&after=DLV-9>; rel="next"';
  server.on("GET deliveries", (query: URLSearchParams) =>
    query.get("after") === "DLV-9" ? list(page(1, 1)) : new Page(list([], true), link),
  );
  const again = await counted(new Again({ status: "cancelled" }, all));
  expect(again.ids.value).toEqual(["DLV-1"]);
});

test("the oldest goes first, and one that cannot be sent keeps no other from it", async () => {
  server
    .on("GET deliveries", list(page(3, 3)))
    .on("POST deliveries/DLV-1/retry", delivery("DLV-1"))
    .on("POST deliveries/DLV-2/retry", new Refusal(409, "payload_deleted"))
    .on("POST deliveries/DLV-3/retry", delivery("DLV-3"));
  const again = await counted(new Again({}, all));
  await again.send();
  expect(server.asked.slice(1)).toEqual([1, 2, 3].map((number) => `POST deliveries/DLV-${number}/retry`));
  expect(again.progress.value).toEqual({ done: 2, refused: 1, over: true });
});

test("stopped, nothing more is sent after the one that is under way", async () => {
  const again = new Again({}, all);
  server.on("GET deliveries", list(page(3, 3))).on("POST deliveries/DLV-1/retry", () => {
    again.halt();
    return delivery("DLV-1");
  });
  await counted(again);
  await again.send();
  expect(again.progress.value).toEqual({ done: 1, refused: 0, over: true });
  expect(server.asked.filter((call) => call.startsWith("POST"))).toEqual(["POST deliveries/DLV-1/retry"]);
});

test("at most a thousand are counted, and it says that there are more", async () => {
  server.on("GET deliveries", () => list(page(100, 100), true));
  const again = await counted(new Again({}, all));
  expect(again.ids.value?.length).toBe(1_000);
  expect(again.more.value).toBe(true);
  expect(server.count("GET deliveries")).toBe(10);
});

test("a server that fails ends it, and says so", async () => {
  server.on("GET deliveries", list(page(2, 2))).on("POST deliveries/DLV-1/retry", new Refusal(503, "busy"));
  const again = await counted(new Again({}, all));
  await again.send();
  expect(again.progress.value).toEqual({ done: 0, refused: 0, over: true });
  expect(String(again.error.value)).toContain("busy");
});

test("a sample goes to a webhook that is off too; nothing goes to one that is deleted", () => {
  const hook = (status: boolean) => ({ name: "CRM sync", status }) as Webhook;
  expect([noRetry(false, hook(true), false), noRetry(true, hook(false), false)]).toEqual([null, null]);
  expect(noRetry(false, hook(false), false)).toBe(
    "CRM sync is off: no events are sent to it until it is turned on, only samples",
  );
  for (const sample of [true, false]) expect(noRetry(sample, null, true)).toBe("The webhook is deleted");
  expect(noRetry(true, null, false)).toBe("Looking for the webhook");
});
