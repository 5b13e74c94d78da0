import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Inbox } from "../api/objects";
import { attempt, capture, delivery, event } from "../fake/objects";
import { FakeDocument, FakeServer, list, settled } from "../fake/server";
import { inboxes } from "./account";
import { eventOf, OpenDelivery } from "./delivery";

const OF = { delivery: "DLV-1", event: "EVT-1", webhook: "WHK-1", signature: "valid", same_bytes: true };
const URL = "https://desk.example/in/tok";
const sent = (number: number) =>
  attempt(`ATT-${number}`, { number, request: { method: "POST", url: URL, headers: [] } });

let server: FakeServer;
beforeEach(() => {
  inboxes.value = [{ id: "INB-1", url: URL } as Inbox];
  server = new FakeServer()
    .on("GET deliveries/DLV-1", delivery("DLV-1", { event: event("EVT-1"), attempts_made: [] }))
    .on("GET events/EVT-1", event("EVT-1", { payload_text: "{}" }))
    .on("GET attempts", list([sent(2), sent(1)]))
    .on("GET inboxes/INB-1/requests", list([capture(1, { delivery_of: { ...OF, attempt: "ATT-1" } })]));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  inboxes.value = [];
});

async function loaded(): Promise<OpenDelivery> {
  const open = new OpenDelivery("DLV-1");
  await open.load();
  await settled();
  return open;
}

/** The stream tells that the third try arrived. */
function arrives(open: OpenDelivery): void {
  open.hear([
    { kind: "delivery", data: delivery("DLV-1", { status: "delivered", attempts: 3 }) },
    { kind: "attempt", data: sent(3) },
  ]);
}

test("it has its event's bytes, its tries in order, and the request that each became", async () => {
  const open = await loaded();
  expect(open.event.value?.payload_text).toBe("{}");
  expect(open.attempts.value.map(({ number }) => number)).toEqual([1, 2]);
  expect([...open.captures.value.keys()]).toEqual(["ATT-1"]);
});

test("what is heard of it changes it, and what it was expanded with stays", async () => {
  const open = await loaded();
  open.hear([
    { kind: "delivery", data: delivery("DLV-1", { status: "delivered" }) },
    { kind: "delivery", data: delivery("DLV-2", { status: "failed" }) },
    { kind: "attempt", data: sent(3) },
    { kind: "attempt", data: attempt("ATT-9", { delivery: "DLV-2" }) },
    { kind: "capture", data: capture(3, { delivery_of: { ...OF, attempt: "ATT-3" } }) },
  ]);
  await settled();
  expect(open.delivery.value).toMatchObject({ status: "delivered", event: { id: "EVT-1" }, attempts_made: [] });
  expect(open.attempts.value.map(({ id }) => id)).toEqual(["ATT-1", "ATT-2", "ATT-3"]);
  expect([...open.captures.value.keys()]).toEqual(["ATT-1", "ATT-3"]);
});

test("a try by hand is shown from the answer on", async () => {
  const open = await loaded();
  server.on("POST deliveries/DLV-1/retry", delivery("DLV-1", { in_flight: true }));
  await open.retry();
  expect(open.delivery.value).toMatchObject({ in_flight: true, event: { id: "EVT-1" } });
});

test("an answer that comes behind the message of what was next changes nothing", async () => {
  const open = await loaded();
  arrives(open);
  server.on("POST deliveries/DLV-1/retry", delivery("DLV-1", { status: "pending", attempts: 2 }));
  await open.retry();
  expect(open.delivery.value).toMatchObject({ status: "delivered", attempts: 3 });
  expect(open.attempts.value.map(({ number }) => number)).toEqual([1, 2, 3]);
});

test.each(["pending", "failed"] as const)(
  "a try of one that is %s is seen soon, and one that waits ever more rarely",
  async (status) => {
    vi.useFakeTimers();
    vi.stubGlobal("document", new FakeDocument());
    const open = await loaded();
    // As the server has it: what is due waits for room, from now on.
    const due = () =>
      delivery("DLV-1", { status, held_by: "room", next_attempt_time: new Date(Date.now()).toISOString() });
    server.on("POST deliveries/DLV-1/retry", due).on("GET deliveries/DLV-1", due);
    await open.retry();
    const before = server.count("GET deliveries/DLV-1");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.count("GET deliveries/DLV-1") - before).toBeGreaterThanOrEqual(2);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(server.count("GET deliveries/DLV-1") - before).toBeLessThan(10);
    server.on("GET deliveries/DLV-1", () => ({ ...due(), in_flight: true, next_attempt_time: null, held_by: null }));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(open.delivery.value).toMatchObject({ in_flight: true });
    open.stop();
  },
);

test("what is read after all that was told counts, also where less has happened: the data was replaced", async () => {
  const open = await loaded();
  arrives(open);
  server.on("GET deliveries/DLV-1", delivery("DLV-1", { status: "pending", attempts: 2 }));
  await open.refresh();
  expect(open.delivery.value).toMatchObject({ status: "pending", attempts: 2 });
  expect(open.attempts.value.map(({ number }) => number)).toEqual([1, 2]);
});

test("a sample is called off", async () => {
  const open = await loaded();
  server.on("POST deliveries/DLV-1/cancel", delivery("DLV-1", { status: "cancelled" }));
  await open.callOff();
  expect(open.delivery.value).toMatchObject({ status: "cancelled", event: { id: "EVT-1" } });
});

test("the event is given by its id or whole", () => {
  expect([eventOf({ event: "EVT-1" }), eventOf({ event: event("EVT-2") })]).toEqual(["EVT-1", "EVT-2"]);
});

test("its webhook is read for what has not arrived, and however much happens once in ten seconds", async () => {
  vi.useFakeTimers();
  vi.setSystemTime(Date.now() + 60_000);
  server
    .on("GET webhooks/WHK-9", { id: "WHK-9", status: true })
    .on("GET deliveries/DLV-1", delivery("DLV-1", { webhook: "WHK-9", event: event("EVT-1") }));
  const open = await loaded();
  const happens = () =>
    open.hear([{ kind: "attempt", data: attempt("ATT-9", { delivery: "DLV-2", webhook: "WHK-9" }) }]);
  for (let second = 0; second < 9; second++) {
    happens();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(server.count("GET webhooks/WHK-9")).toBe(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(server.count("GET webhooks/WHK-9")).toBe(2);
  open.stop();
  server.on(
    "GET deliveries/DLV-1",
    delivery("DLV-1", { webhook: "WHK-8", status: "delivered", event: event("EVT-1") }),
  );
  await loaded();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(server.count("GET webhooks/WHK-8")).toBe(0);
  vi.useRealTimers();
});
