import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Inbox, Webhook } from "../api/objects";
import { FakeServer, list } from "../fake/server";
import { inboxes, webhooks } from "./account";
import { deafTo, opening, ringInto } from "./opening";

const INBOX = { id: "INB-1", name: "First inbox", url: "https://desk.example/in/one" } as Inbox;
const hook = (id: string, events: string[], more: Partial<Webhook> = {}) =>
  ({ id, name: id, url: INBOX.url, status: true, events, ...more }) as Webhook;
const deaf = () => deafTo(INBOX).map(({ id }) => id);

let server: FakeServer;
beforeEach(() => {
  inboxes.value = [INBOX];
  server = new FakeServer()
    .on("GET booking-calendars", list([{ id: "BKC-1", published: true, approval: false }]))
    .on("GET booking-calendars/BKC-1/time-slots", [{ start_time: "2026-05-13T10:00:00Z" }])
    .on("POST booking-calendars/BKC-1/schedule", { id: "BKNG-1" });
});
afterEach(() => vi.unstubAllGlobals());

test("webhooks that point at the inbox and do not ask for a booking are named, as long as no other does", () => {
  webhooks.value = [hook("WHK-1", ["conversation"]), hook("WHK-2", ["booking"], { status: false })];
  expect(deaf()).toEqual(["WHK-1"]);
  webhooks.value = [...webhooks.value, hook("WHK-3", ["booking.scheduled"])];
  expect(deaf()).toEqual([]);
  webhooks.value = [hook("WHK-4", ["conversation"], { url: "https://hook.example/" })];
  expect(deaf()).toEqual([]);
});

test("the first page rings by a webhook that a booking rings, where there is any", () => {
  webhooks.value = [hook("WHK-1", ["conversation"]), hook("WHK-2", ["booking"])];
  expect(opening()?.webhook.id).toBe("WHK-2");
  webhooks.value = webhooks.value.slice(0, 1);
  expect(opening()?.webhook.id).toBe("WHK-1");
});

test("without a webhook that is on, one is made, under a name that none has", async () => {
  const made: unknown[] = [];
  webhooks.value = [hook("WHK-1", ["booking"], { name: "First inbox", status: false })];
  server
    .on("POST webhooks", (_: unknown, body: unknown) => made.push(body))
    .on("GET webhooks", list([hook("WHK-2", ["booking"])]));
  await ringInto(INBOX);
  expect(made).toEqual([{ name: "First inbox 2", url: INBOX.url, events: ["booking", "conversation"] }]);
  await ringInto(INBOX);
  expect([made.length, server.count("POST booking-calendars/BKC-1/schedule")]).toEqual([1, 2]);
});
