import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { attempt, delivery, event } from "../fake/objects";
import { FakeServer, later, list, Refusal } from "../fake/server";
import { Rang } from "./rang";

const FIRST = event("EVT-1", { creation_time: "2026-05-12T10:00:00Z" });
const SECOND = event("EVT-2", { type: "booking.canceled", creation_time: "2026-05-12T11:00:00Z" });

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer()
    .on("GET events", list([SECOND, FIRST]))
    .on("GET deliveries", list([delivery("DLV-2", { event: "EVT-2" }), delivery("DLV-1", { event: "EVT-1" })]));
});
afterEach(() => vi.unstubAllGlobals());

const said = (rang: Rang) =>
  rang.list.value.map(({ event: { id }, rows }) => [id, rows.map((row) => row.value.delivery.status)]);

test("events stand oldest first, each with its deliveries", async () => {
  const rang = new Rang("BKNG-1");
  await rang.load();
  expect(said(rang)).toEqual([
    ["EVT-1", ["pending"]],
    ["EVT-2", ["pending"]],
  ]);
});

test("it grows by what is heard of its subject alone", async () => {
  const rang = new Rang("BKNG-1");
  await rang.load();
  rang.hear([
    { kind: "event", data: event("EVT-3", { creation_time: "2026-05-12T12:00:00Z" }) },
    { kind: "delivery", data: delivery("DLV-3", { event: "EVT-3" }) },
    { kind: "event", data: event("EVT-4", { subject: "BKNG-2" }) },
    { kind: "delivery", data: delivery("DLV-4", { event: "EVT-4", subject: "BKNG-2" }) },
  ]);
  expect(said(rang).at(-1)).toEqual(["EVT-3", ["pending"]]);
  expect(said(rang).length).toBe(3);
});

test("what is heard while the first answer is under way is not undone by it", async () => {
  const { answer, give } = later<unknown>();
  server.on("GET deliveries", answer);
  const rang = new Rang("BKNG-1");
  const load = rang.load();
  rang.hear([
    { kind: "attempt", data: attempt("ATT-1") },
    { kind: "delivery", data: delivery("DLV-1", { event: "EVT-1", status: "delivered", attempts: 1 }) },
  ]);
  give(list([delivery("DLV-1", { event: "EVT-1" })]));
  await load;
  expect(said(rang)[0]).toEqual(["EVT-1", ["delivered"]]);
  const [row] = rang.list.value[0]?.rows ?? [];
  expect(row?.value.delivery.attempts_made?.map(({ id }) => id)).toEqual(["ATT-1"]);
});

test("deliveries that cannot be read are told", async () => {
  server.on("GET deliveries", new Refusal(503, "unavailable"));
  const rang = new Rang("BKNG-1");
  await rang.load();
  expect([rang.loading.value, rang.error.value]).toMatchObject([false, { status: 503 }]);
});

test("nothing is asked any more when nobody looks", async () => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { hidden: false });
  const rang = new Rang("BKNG-1");
  await rang.load();
  server.on("GET deliveries", new Refusal(502, "bad_gateway"));
  await rang.refresh();
  rang.stop();
  const asked = server.asked.length;
  await vi.advanceTimersByTimeAsync(60_000);
  vi.useRealTimers();
  expect(server.asked.length).toBe(asked);
});

test("what was missed is read beside what is known", async () => {
  const rang = new Rang("BKNG-1");
  await rang.load();
  const third = event("EVT-3", { creation_time: "2026-05-12T12:00:00Z" });
  server.on("GET events", list([third, SECOND, FIRST]));
  server.on("GET deliveries", (query: URLSearchParams) =>
    list(query.get("before") === "DLV-2" ? [delivery("DLV-3", { event: "EVT-3" })] : []),
  );
  await rang.refresh();
  expect(said(rang).map(([id]) => id)).toEqual(["EVT-1", "EVT-2", "EVT-3"]);
  expect(said(rang).at(-1)).toEqual(["EVT-3", ["pending"]]);
});
