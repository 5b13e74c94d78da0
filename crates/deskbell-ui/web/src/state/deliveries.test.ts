import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { News } from "../api/news";
import type { Delivery } from "../api/objects";
import { attempt, delivery, event } from "../fake/objects";
import { FakeDocument, FakeServer, later, list, settled } from "../fake/server";
import { Deliveries, HELD, KEPT } from "./deliveries";

let server: FakeServer;
beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  new FakeDocument();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Made at that second of a minute. */
const made = (number: number, more: Partial<Delivery> = {}): Delivery =>
  delivery(`DLV-${number}`, { creation_time: new Date(Date.UTC(2026, 4, 12, 10, 0, number)).toISOString(), ...more });
const heard = (...all: readonly Delivery[]): News[] => all.map((data) => ({ kind: "delivery", data }));
const held = (deliveries: Deliveries) => deliveries.held.value.map((row) => row.value.delivery.id);

async function loaded(query: Record<string, string> = {}, fits?: (one: Delivery) => boolean): Promise<Deliveries> {
  server.on("GET deliveries", list([made(3), made(2)], true));
  const deliveries = new Deliveries(query, fits);
  await deliveries.load();
  return deliveries;
}

describe("the pages", () => {
  test("come one behind the other, and a row stands once", async () => {
    const deliveries = await loaded();
    server.on("GET deliveries", list([made(2), made(1)]));
    await deliveries.load();
    expect(deliveries.ids.value).toEqual(["DLV-3", "DLV-2", "DLV-1"]);
    expect(deliveries.more.value).toBe(false);
    expect(server.asked.map((one) => new URLSearchParams(one.split("?")[1]).get("after"))).toEqual([null, "DLV-2"]);
  });

  test("of a search go on where it stopped looking, not at the last row it found", async () => {
    server.on("GET deliveries", { ...list([made(3)], true), search: { scanned: 2_000, cursor: "DLV-0009" } });
    const deliveries = new Deliveries({ q: "status:500" });
    await deliveries.load();
    await deliveries.load();
    expect(server.asked[1]).toContain("after=DLV-0009");
  });

  test("of an old search are not put among those of a new one", async () => {
    const deliveries = await loaded();
    const { answer, give } = later<unknown>();
    server.on("GET deliveries", (query: URLSearchParams) => (query.get("q") ? list([made(9)]) : answer));
    const next = deliveries.load();
    await deliveries.search({ q: "guest" });
    give(list([made(1)]));
    await next;
    expect(deliveries.ids.value).toEqual(["DLV-9"]);
    const asked = server.asked.length;
    await deliveries.search({ q: "guest" });
    expect(server.asked.length).toBe(asked);
  });
});

describe("an arrival", () => {
  test("stands on top when the reader is there, and flashes", async () => {
    const deliveries = await loaded();
    deliveries.hear(heard(made(4), made(5)));
    deliveries.hear(heard(made(5)));
    expect(deliveries.ids.value).toEqual(["DLV-5", "DLV-4", "DLV-3", "DLV-2"]);
    expect(deliveries.rows.value.map((row) => row.value.fresh)).toEqual([true, true, false, false]);
  });

  test.each(["is further down", "holds arrivals back"])("is held while the reader %s", async (why) => {
    const deliveries = await loaded();
    if (why === "is further down") deliveries.atTop = false;
    else deliveries.holding = true;
    deliveries.hear(heard(made(4)));
    deliveries.hear(heard(made(5)));
    expect([deliveries.ids.value, held(deliveries)]).toEqual([
      ["DLV-3", "DLV-2"],
      ["DLV-5", "DLV-4"],
    ]);
    deliveries.show();
    expect([deliveries.ids.value, held(deliveries)]).toEqual([["DLV-5", "DLV-4", "DLV-3", "DLV-2"], []]);
  });

  test("that is older than what is loaded waits for its page", async () => {
    const deliveries = await loaded();
    deliveries.hear(heard(made(1)));
    expect(deliveries.ids.value).toEqual(["DLV-3", "DLV-2"]);
  });

  test("brings the excerpt of the event that was told just before", async () => {
    const deliveries = await loaded();
    const told = event("EVT-4", { excerpt: { guest: "Marta" } });
    deliveries.hear([{ kind: "event", data: told }, ...heard(made(4, { event: "EVT-4" }))]);
    expect(deliveries.row("DLV-4")?.value.event.excerpt).toEqual({ guest: "Marta" });
  });

  test("that comes before its event gets the excerpt when the event is told", async () => {
    const deliveries = await loaded();
    deliveries.hear(heard(made(4, { event: "EVT-4" })));
    expect(deliveries.row("DLV-4")?.value.event.excerpt).toBeUndefined();
    deliveries.hear([{ kind: "event", data: event("EVT-4", { excerpt: { guest: "Marta" } }) }]);
    expect(deliveries.row("DLV-4")?.value.event.excerpt).toEqual({ guest: "Marta" });
  });

  test("under a search is looked for, once a second at most", async () => {
    const deliveries = await loaded({ q: "guest" });
    const asked = server.asked.length;
    for (let number = 4; number < 9; number++) deliveries.hear(heard(made(number)));
    expect(deliveries.ids.value).toEqual(["DLV-3", "DLV-2"]);
    server.on("GET deliveries", (query: URLSearchParams) => list(query.get("before") === "DLV-3" ? [made(7)] : []));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(deliveries.ids.value).toEqual(["DLV-7", "DLV-3", "DLV-2"]);
    expect(server.asked.length - asked).toBeLessThan(4);
  });

  test("is judged here where the query can be", async () => {
    const deliveries = await loaded({ webhook: "WHK-1" }, ({ webhook }) => webhook === "WHK-1");
    deliveries.hear(heard(made(4, { webhook: "WHK-2" }), made(5)));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(deliveries.ids.value).toEqual(["DLV-5", "DLV-3", "DLV-2"]);
    expect(server.asked.length).toBe(1);
  });
});

test("a known row changes in place: what it was expanded with stays", async () => {
  server.on("GET deliveries", list([made(3, { event: event("EVT-3"), attempts_made: [] })]));
  const deliveries = new Deliveries({});
  await deliveries.load();
  const row = deliveries.row("DLV-3");
  deliveries.hear([
    { kind: "attempt", data: attempt("ATT-2", { delivery: "DLV-3", number: 2 }) },
    { kind: "attempt", data: attempt("ATT-1", { delivery: "DLV-3", number: 1, outcome: "head_timeout" }) },
    { kind: "attempt", data: attempt("ATT-1", { delivery: "DLV-3", number: 1 }) },
    ...heard(made(3, { status: "delivered", attempts: 2 })),
  ]);
  expect(row?.value.delivery).toMatchObject({ status: "delivered", event: event("EVT-3") });
  const tries = row?.value.delivery.attempts_made?.map(({ number, outcome }) => [number, outcome]);
  expect(tries).toEqual([
    [1, "head_timeout"],
    [2, "delivered"],
  ]);
});

test("what was missed is read from the newest row on, page by page, with the tries of what is on its way", async () => {
  const deliveries = await loaded();
  const pages: Record<string, unknown> = { "DLV-3": list([made(5), made(4)], true), "DLV-5": list([made(6)]) };
  server.on("GET deliveries", (query: URLSearchParams) => {
    const before = query.get("before");
    return before ? pages[before] : list([made(3, { status: "delivered" }), made(2)]);
  });
  deliveries.missed();
  await settled();
  expect(deliveries.ids.value).toEqual(["DLV-6", "DLV-5", "DLV-4", "DLV-3", "DLV-2"]);
  expect(deliveries.row("DLV-3")?.value.delivery.status).toBe("delivered");
});

describe("of very many arrivals", () => {
  /** One after the other, a hundred at a time, as a stream tells them. */
  const arrive = (deliveries: Deliveries, from: number, till: number) => {
    for (let number = from; number < till; number += 100)
      deliveries.hear(heard(...Array.from({ length: Math.min(100, till - number) }, (_, at) => made(number + at))));
  };

  test("the newest stand there, and the rest comes again to whoever scrolls", async () => {
    const deliveries = await loaded();
    arrive(deliveries, 10, 10 + 3 * KEPT);
    const ids = deliveries.ids.value;
    expect(ids.length).toBeLessThanOrEqual(KEPT);
    expect(ids[0]).toBe(`DLV-${10 + 3 * KEPT - 1}`);
    expect(deliveries.more.value).toBe(true);
    deliveries.hear(heard(made(10, { status: "delivered" })));
    expect(deliveries.ids.value).toEqual(ids);
    await deliveries.load();
    expect(server.asked.at(-1)).toContain(`after=${ids.at(-1)}`);
  });

  test("the held ones are counted whole, and the newest are shown when they are wanted", async () => {
    const deliveries = await loaded();
    deliveries.holding = true;
    arrive(deliveries, 10, 10 + 3 * HELD);
    deliveries.hear(heard(made(10, { status: "delivered" })));
    expect(deliveries.held.value.length).toBeLessThanOrEqual(HELD);
    expect(deliveries.held.value.length + deliveries.beyond.value).toBe(3 * HELD);
    deliveries.show();
    expect(deliveries.ids.value[0]).toBe(`DLV-${10 + 3 * HELD - 1}`);
    expect([deliveries.held.value.length, deliveries.beyond.value]).toEqual([0, 0]);
    const last = deliveries.ids.value.at(-1);
    await deliveries.load();
    expect(server.asked.at(-1)).toContain(`after=${last}`);
  });

  test("that were missed the newest page counts", async () => {
    const deliveries = await loaded();
    const newest = 100_000;
    server.on("GET deliveries", (query: URLSearchParams) => {
      const before = query.get("before");
      const from = before ? Number(before.slice(4)) + 2 : newest;
      return list([made(from), made(from - 1)], true);
    });
    deliveries.missed();
    // A turn for each page that is read first.
    for (let turn = 0; turn < 25; turn++) await settled();
    expect(deliveries.ids.value).toEqual([`DLV-${newest}`, `DLV-${newest - 1}`]);
    expect(deliveries.more.value).toBe(true);
  });
});
