import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Connection } from "../api/stream";
import { attempt, delivery } from "../fake/objects";
import { FakeDocument, FakeServer, later, list, Refusal } from "../fake/server";

const connection = signal<Connection>({ state: "live" });
vi.mock("./live", () => ({ connection }));
const { Sample } = await import("./sample");

const SENT = { object: "delivery", id: "DLV-1", event: "EVT-1", type: "booking.scheduled", webhook: "WHK-1" };
const DELIVERED = delivery("DLV-1", { status: "delivered", attempts: 1 });

let server: FakeServer;
beforeEach(() => {
  vi.useFakeTimers();
  connection.value = { state: "live" };
  new FakeDocument();
  server = new FakeServer().on("POST webhooks/WHK-1/test", SENT);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("what is heard of it before the server's answer is kept until its id is known", async () => {
  const { answer, give } = later<unknown>();
  server.on("POST webhooks/WHK-1/test", answer);
  const sample = new Sample("WHK-1");
  const sending = sample.send("booking.scheduled");
  sample.hear([
    { kind: "delivery", data: DELIVERED },
    { kind: "attempt", data: attempt("ATT-1") },
    { kind: "delivery", data: delivery("DLV-2", { status: "failed" }) },
  ]);
  expect(sample.sent.value).toMatchObject({ id: null, delivery: null });
  give(SENT);
  await sending;
  expect(sample.sent.value).toMatchObject({ id: "DLV-1", delivery: DELIVERED, attempt: { id: "ATT-1" } });
  expect(server.asked).toEqual(["POST webhooks/WHK-1/test"]);
});

test("where the stream does not tell, it is asked for each second until its first try is over", async () => {
  connection.value = { state: "polling", every: 2_000 };
  server.on("GET deliveries/DLV-1", delivery("DLV-1", { in_flight: true })).on("GET attempts", list([]));
  const sample = new Sample("WHK-1");
  await sample.load();
  await sample.send("booking.scheduled");
  expect(sample.sent.value).toMatchObject({ delivery: { in_flight: true }, attempt: null });
  server.on("GET deliveries/DLV-1", DELIVERED).on("GET attempts", list([attempt("ATT-1")]));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sample.sent.value).toMatchObject({ delivery: DELIVERED, attempt: { id: "ATT-1" } });
  const asked = server.asked.length;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(server.asked.length).toBe(asked);
});

test("a sample that the server refuses was not sent, and says why", async () => {
  server.on("POST webhooks/WHK-1/test", new Refusal(409, "webhook_disabled"));
  const sample = new Sample("WHK-1");
  await sample.send("booking.scheduled");
  expect([sample.sent.value, sample.refused.value]).toMatchObject([null, { code: "webhook_disabled" }]);
});

test("of two samples the last one is followed", async () => {
  const sample = new Sample("WHK-1");
  await sample.send("booking.scheduled");
  server.on("POST webhooks/WHK-1/test", { ...SENT, id: "DLV-2" });
  await sample.send("booking.canceled");
  sample.hear([
    { kind: "delivery", data: DELIVERED },
    { kind: "delivery", data: delivery("DLV-2") },
  ]);
  expect(sample.sent.value).toMatchObject({ type: "booking.canceled", delivery: { id: "DLV-2" } });
});
