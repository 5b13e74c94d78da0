import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Webhook, Why } from "../api/objects";
import { attempt, delivery, event } from "../fake/objects";
import { FakeDocument, FakeServer, later, list } from "../fake/server";
import { inboxes } from "./account";
import { Answered, complete, NoWebhook } from "./why";

const why = (verdict: string): Why => ({
  object: "why",
  verdict,
  sentence: "",
  reason: "",
  webhook: "WHK-1",
  steps: [],
  ruled_out: [],
});
const webhook = (id: string, url = "https://hook.example/") => ({ id, url }) as Webhook;

let server: FakeServer;
beforeEach(() => {
  vi.useFakeTimers();
  new FakeDocument();
  server = new FakeServer().on("GET why", why("delivered"));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  inboxes.value = [];
});

describe("an answer", () => {
  test("is asked for anew when a burst of what it is about is over, and for nothing else", async () => {
    const answered = new Answered({ webhook: "WHK-1", event: "EVT-1" });
    await answered.load();
    answered.hear([
      { kind: "attempt", data: attempt("ATT-9", { webhook: "WHK-2" }) },
      { kind: "event", data: event("EVT-2") },
    ]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.count("GET why")).toBe(1);
    server.on("GET why", why("gave_up"));
    for (let time = 0; time < 5; time++) answered.hear([{ kind: "delivery", data: delivery("DLV-1") }]);
    await vi.advanceTimersByTimeAsync(400);
    expect([server.count("GET why"), answered.why.value?.verdict]).toEqual([2, "gave_up"]);
  });

  test("to another question takes the place of the old one, whose answer may come late", async () => {
    const { answer, give } = later<Why>();
    server.on("GET why", (query: URLSearchParams) => (query.get("event") === "EVT-1" ? answer : why("paused")));
    const answered = new Answered({ webhook: "WHK-1", event: "EVT-1" });
    const first = answered.load();
    await answered.ask({ webhook: "WHK-1", event: "EVT-2" });
    give(why("delivered"));
    await first;
    expect(answered.why.value?.verdict).toBe("paused");
    await answered.ask({ webhook: "WHK-1", event: "EVT-2" });
    expect(server.count("GET why")).toBe(2);
  });
});

describe("what the address leaves out", () => {
  const asked = (query: string, webhooks: readonly Webhook[] = [webhook("WHK-1"), webhook("WHK-2")]) =>
    complete(new URLSearchParams(query), webhooks);

  test("follows from a delivery", async () => {
    server.on("GET deliveries/DLV-1", delivery("DLV-1", { event: event("EVT-7"), webhook: "WHK-3" }));
    expect(await asked("delivery=DLV-1")).toEqual({ webhook: "WHK-3", event: "EVT-7" });
  });

  test("is, for an event, a webhook that did not get it", async () => {
    server.on("GET deliveries", list([delivery("DLV-1", { status: "delivered" })]));
    expect(await asked("event=EVT-1")).toMatchObject({ webhook: "WHK-2", event: "EVT-1" });
  });

  test("is, for a webhook, the newest event; without any, a booking", async () => {
    server.on("GET events", list([event("EVT-9")]));
    expect(await asked("webhook=WHK-1")).toMatchObject({ webhook: "WHK-1", event: "EVT-9" });
    server.on("GET events", list([]));
    expect(await asked("webhook=WHK-1")).toMatchObject({ webhook: "WHK-1", type: "booking.scheduled" });
  });

  test("cannot be a webhook where none is", async () => {
    await expect(asked("", [])).rejects.toThrow(NoWebhook);
    await expect(asked("inbox=INB-1")).rejects.toThrow("No webhook points at this inbox");
  });
});
