import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { booking, conversation, event } from "../fake/objects";
import { FakeDocument, FakeServer, settled } from "../fake/server";
import { Actions } from "./actions";

const CANCEL = { name: "cancel", allowed: true, reason: null, rings: ["booking.canceled"] };
const NO_SHOW = { name: "no-show", allowed: false, reason: "It is still to come.", rings: ["booking.no_show"] };

let server: FakeServer;
beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-05-12T09:00:00Z") });
  new FakeDocument();
  server = new FakeServer().on("GET bookings/BKNG-1", booking("BKNG-1", { actions: [CANCEL, NO_SHOW] }));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("they are what the server says, in its order", async () => {
  const actions = new Actions("booking", "BKNG-1");
  await actions.load();
  expect(server.asked).toEqual(["GET bookings/BKNG-1?expand=actions"]);
  expect(actions.list.value).toEqual([CANCEL, NO_SHOW]);
});

test("news of the booking has them asked for again, other news has not", async () => {
  const actions = new Actions("booking", "BKNG-1");
  await actions.load();
  server.on("GET bookings/BKNG-1", booking("BKNG-1", { status: "canceled", actions: [] }));
  actions.hear([
    { kind: "event", data: event("BKNG-1") },
    { kind: "booking", data: booking("BKNG-2") },
    { kind: "conversation", data: conversation("BKNG-1") },
  ]);
  await settled();
  expect(actions.list.value).toEqual([CANCEL, NO_SHOW]);
  actions.hear([{ kind: "booking", data: booking("BKNG-1", { status: "canceled" }) }]);
  await settled();
  expect(actions.list.value).toEqual([]);
});

test("they are asked for again when the booking begins", async () => {
  const actions = new Actions("booking", "BKNG-1");
  await actions.load();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(server.asked.length).toBe(1);
  server.on(
    "GET bookings/BKNG-1",
    booking("BKNG-1", { actions: [CANCEL, { ...NO_SHOW, allowed: true, reason: null }] }),
  );
  await vi.advanceTimersByTimeAsync(1_000);
  expect(actions.list.value[1]?.allowed).toBe(true);
  await vi.advanceTimersByTimeAsync(86_400_000);
  expect(server.asked.length).toBe(2);
});

test("a conversation has its own", async () => {
  const close = { name: "close", allowed: true, reason: null, rings: ["conversation.closed"] };
  server.on("GET conversations/CVR-1", conversation("CVR-1", { actions: [close] }));
  const actions = new Actions("conversation", "CVR-1");
  await actions.load();
  expect(actions.list.value).toEqual([close]);
  expect(vi.getTimerCount()).toBe(0);
});

test("an older server that says nothing of them allows nothing", async () => {
  server.on("GET bookings/BKNG-1", booking("BKNG-1"));
  const actions = new Actions("booking", "BKNG-1");
  await actions.load();
  expect(actions.list.value).toEqual([]);
});
