import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { News } from "../api/news";
import type { Attempt, Delivery, Inbox, Webhook } from "../api/objects";
import { attempt, capture, delivery } from "../fake/objects";
import { FakeServer, later, list, settled } from "../fake/server";
import { Checks } from "./checks";

const OPENING = { inbox: { id: "INB-1" } as Inbox, webhook: { id: "WHK-1" } as Webhook };
const OF = { delivery: "DLV-1", event: "EVT-1", webhook: "WHK-1", signature: "valid", same_bytes: true };
const DELIVERED: News = { kind: "delivery", data: delivery("DLV-1", { status: "delivered", attempts: 1 }) };
const tried = (number: number): News => ({ kind: "attempt", data: attempt(`ATT-${number}`, { number }) });
const arrived = (number: number): News => ({ kind: "capture", data: capture(number, { delivery_of: OF }) });

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer()
    .on("GET booking-calendars", list([{ id: "BKC-1", published: true, approval: false }]))
    .on("GET booking-calendars/BKC-1/time-slots", [{ start_time: "2026-05-13T10:00:00Z" }])
    .on("POST booking-calendars/BKC-1/schedule", { id: "BKNG-1" })
    .on("POST deliveries/DLV-1/retry", DELIVERED.data);
});
afterEach(() => vi.unstubAllGlobals());

const states = (checks: Checks) => checks.checks.value.map(({ state }) => state);

test("they turn green as it happens, and after the first 2xx the same event goes out once more", async () => {
  const checks = new Checks(OPENING);
  expect(states(checks)).toEqual(["not-yet", "not-yet", "not-yet", "not-yet"]);
  await checks.ring();
  checks.hear([DELIVERED, arrived(1)]);
  expect(states(checks)).toEqual(["passed", "passed", "running", "not-yet"]);
  checks.hear([tried(1)]);
  checks.hear([tried(1)]);
  expect(states(checks)).toEqual(["passed", "passed", "passed", "running"]);
  expect(server.count("POST deliveries/DLV-1/retry")).toBe(1);
  checks.hear([tried(2), arrived(2)]);
  expect([states(checks), checks.passed.value]).toEqual([["passed", "passed", "passed", "passed"], 4]);
});

test("what is heard before the booking's id is known counts", async () => {
  const { answer, give } = later<unknown>();
  server.on("POST booking-calendars/BKC-1/schedule", answer);
  const checks = new Checks(OPENING);
  const ring = checks.ring();
  checks.hear([DELIVERED, arrived(1), tried(1)]);
  expect(checks.passed.value).toBe(0);
  give({ id: "BKNG-1" });
  await ring;
  expect(checks.passed.value).toBe(3);
});

test("where the stream cannot tell, the ledger and the inbox do", async () => {
  const checks = new Checks(OPENING);
  await checks.ring();
  server
    .on("GET deliveries", list([DELIVERED.data]))
    .on("GET attempts", list([attempt("ATT-1")]))
    .on("GET inboxes/INB-1/requests", list([capture(1, { delivery_of: OF })]));
  checks.missed();
  await settled();
  expect(checks.passed.value).toBe(3);
});

test("a try that failed says so, and bytes that were changed do not verify", async () => {
  const checks = new Checks(OPENING);
  await checks.ring();
  checks.hear([
    { kind: "delivery", data: delivery("DLV-1", { attempts: 1 }) },
    { kind: "attempt", data: attempt("ATT-1", { outcome: "connect_refused" }) },
  ]);
  expect(states(checks)).toEqual(["failed", "not-yet", "failed", "not-yet"]);
  checks.hear([{ kind: "capture", data: capture(1, { delivery_of: { ...OF, same_bytes: false } }) }]);
  expect(states(checks).slice(0, 2)).toEqual(["passed", "failed"]);
});

test("what ended is said not to be tried again, and no copy of it is promised", async () => {
  const checks = new Checks(OPENING);
  await checks.ring();
  const texts = () => checks.checks.value.slice(2).map(({ text }) => text);
  const lost = (more: Partial<Delivery>, status_code: number): News[] => [
    { kind: "delivery", data: delivery("DLV-1", { attempts: 1, ...more }) },
    {
      kind: "attempt",
      data: attempt("ATT-1", { outcome: "http_status", response: { status_code } as NonNullable<Attempt["response"]> }),
    },
  ];
  checks.hear(lost({}, 410));
  expect(texts()[0]).toBe("They answered 410 Gone. That turns the webhook off, and it is not tried again.");
  expect(texts()[1]).not.toContain("Next we send");
  for (const [status, words] of [
    ["failed", "That was the last try."],
    ["cancelled", "It was called off, and is not tried again."],
    ["pending", "It will be tried again."],
  ] as const) {
    await checks.ring();
    checks.hear(lost({ status }, 500));
    expect(texts()[0]).toBe(`They answered 500 Internal Server Error. ${words}`);
    expect(texts()[1]?.includes("Next we send")).toBe(status === "pending");
  }
});
