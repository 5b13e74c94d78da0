import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { News } from "../api/news";
import type { Delivery } from "../api/objects";
import { attempt, delivery, event } from "../fake/objects";
import { FakeDocument, FakeServer, later, list, Page, Refusal, settled } from "../fake/server";
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

  test("of a filter go on where its page stopped, which may have found nothing", async () => {
    const link = '<http://bell.example/v2/deliveries?status=pending&after=DLV-0009>; rel="next"';
    server.on("GET deliveries", (query: URLSearchParams) =>
      query.get("after") === "DLV-0009" ? list([made(3)]) : new Page(list([], true), link),
    );
    const deliveries = new Deliveries({ status: "pending" });
    await deliveries.load();
    expect([deliveries.ids.value, deliveries.more.value]).toEqual([[], true]);
    await deliveries.load();
    expect([deliveries.ids.value, deliveries.more.value]).toEqual([["DLV-3"], false]);
  });

  test("of a filter that found nothing are read from the start again when something happens", async () => {
    const link = '<http://bell.example/v2/deliveries?status=pending&after=DLV-0009>; rel="next"';
    server.on("GET deliveries", (query: URLSearchParams) =>
      query.get("after") ? list([]) : new Page(list([], true), link),
    );
    const deliveries = new Deliveries({ status: "pending" });
    await deliveries.load();
    await deliveries.load();
    expect([deliveries.ids.value, deliveries.more.value]).toEqual([[], false]);
    server.on("GET deliveries", (query: URLSearchParams) => list(query.get("after") ? [] : [made(3)]));
    await deliveries.refresh();
    expect(deliveries.ids.value).toEqual(["DLV-3"]);
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

  test.each(["comes to the top", "lets go"])("that was held is let in when the reader %s", async (how) => {
    const deliveries = await loaded();
    deliveries.atTop = how === "lets go";
    deliveries.holding = how === "lets go";
    deliveries.hear(heard(made(4)));
    if (how === "lets go") deliveries.holding = false;
    else deliveries.atTop = true;
    expect([deliveries.ids.value, held(deliveries)]).toEqual([["DLV-4", "DLV-3", "DLV-2"], []]);
    deliveries.hear(heard(made(5), made(4)));
    deliveries.show();
    expect(deliveries.ids.value).toEqual(["DLV-5", "DLV-4", "DLV-3", "DLV-2"]);
    expect(deliveries.arrived.value).toBe(2);
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

describe("what was missed", () => {
  test("is shown as far as it could be read, and the rest is read when that goes again", async () => {
    const deliveries = await loaded();
    server.on("GET deliveries", (query: URLSearchParams) =>
      query.get("before") === "DLV-3" ? list([made(5), made(4)], true) : new Refusal(502, "bad_gateway"),
    );
    deliveries.missed();
    await settled();
    expect(deliveries.ids.value).toEqual(["DLV-5", "DLV-4", "DLV-3", "DLV-2"]);
    // The stream goes on: between its words and what was read some are missing.
    deliveries.hear(heard(made(8)));
    server.on("GET deliveries", (query: URLSearchParams) =>
      list(query.get("before") === "DLV-5" ? [made(8), made(7), made(6)] : []),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect(deliveries.ids.value).toEqual([8, 7, 6, 5, 4, 3, 2].map((number) => `DLV-${number}`));
    expect(deliveries.arrived.value).toBe(5);
    const asked = server.asked.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked.length).toBe(asked);
  });

  test("stands in the server's order beside what was heard meanwhile, also within one millisecond", async () => {
    const deliveries = await loaded();
    const numbered = (number: number) => made(4, { id: `DLV-A${number}`, event: `EVT-A${number}` });
    const { answer, give } = later<unknown>();
    server.on("GET deliveries", answer);
    deliveries.missed();
    deliveries.hear(heard(numbered(3), numbered(4)));
    give(list([numbered(3), numbered(2), numbered(1)]));
    await settled();
    expect(deliveries.ids.value).toEqual(["DLV-A4", "DLV-A3", "DLV-A2", "DLV-A1", "DLV-3", "DLV-2"]);
  });

  test("stands once, however often it is read", async () => {
    const deliveries = await loaded();
    const answers: ((page: unknown) => void)[] = [];
    server.on("GET deliveries", () => new Promise((give) => answers.push(give)));
    deliveries.missed();
    deliveries.missed();
    deliveries.hear(heard(made(4)));
    for (const give of answers) give(list([made(5), made(4)]));
    await settled();
    expect(deliveries.ids.value).toEqual(["DLV-5", "DLV-4", "DLV-3", "DLV-2"]);
    expect(deliveries.arrived.value).toBe(2);
  });

  test("is read again where it failed beside an older refresh that did not", async () => {
    const deliveries = await loaded();
    const [old, young] = [later<unknown>(), later<unknown>()];
    server.on("GET deliveries", old.answer);
    deliveries.missed();
    server.on("GET deliveries", young.answer);
    deliveries.missed();
    old.give(list([made(4)]));
    await settled();
    deliveries.hear(heard(made(8)));
    young.give(new Refusal(502, "bad_gateway"));
    await settled();
    server.on("GET deliveries", (query: URLSearchParams) =>
      list(query.get("before") === "DLV-4" ? [made(8), made(7), made(6), made(5)] : []),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect(deliveries.ids.value).toEqual([8, 7, 6, 5, 4, 3, 2].map((number) => `DLV-${number}`));
  });

  test("of a search is read on where a page stopped that found nothing", async () => {
    const deliveries = await loaded({ q: "guest" });
    server.on("GET deliveries", (query: URLSearchParams) =>
      query.get("before") === "DLV-3"
        ? { ...list([], true), search: { scanned: 2_000, cursor: "DLV-0005" } }
        : { ...list(query.get("before") === "DLV-0005" ? [made(6)] : []), search: { scanned: 9, cursor: null } },
    );
    deliveries.missed();
    await settled();
    expect(deliveries.ids.value).toEqual(["DLV-6", "DLV-3", "DLV-2"]);
  });

  test("of a search that found nothing new is not looked through again", async () => {
    const deliveries = await loaded({ q: "guest" });
    server.on("GET deliveries", (query: URLSearchParams) => {
      const cursor = query.get("before") === "DLV-3" ? "DLV-0005" : null;
      return { ...list([], cursor !== null), search: { scanned: 2_000, cursor } };
    });
    deliveries.missed();
    await settled();
    server.asked.length = 0;
    deliveries.missed();
    await settled();
    expect(server.asked[0]).toContain("before=DLV-0005");
  });

  test("is the newest page where the newest row was deleted", async () => {
    const deliveries = await loaded();
    server.on("GET deliveries", (query: URLSearchParams) =>
      query.get("before") ? new Refusal(400, "cursor_unknown") : list([made(9), made(8)], true),
    );
    deliveries.missed();
    await settled();
    expect([deliveries.ids.value, deliveries.more.value]).toEqual([["DLV-9", "DLV-8"], true]);
  });

  test("of a row's tries is older than what is heard of it", async () => {
    const deliveries = await loaded();
    const { answer, give } = later<unknown>();
    server.on("GET deliveries", (query: URLSearchParams) => (query.get("before") ? list([]) : answer));
    deliveries.missed();
    await settled();
    deliveries.hear(heard(made(3, { status: "delivered" })));
    give(list([made(3), made(2, { status: "delivered" })]));
    await settled();
    expect(deliveries.rows.value.map((row) => row.value.delivery.status)).toEqual(["delivered", "delivered"]);
  });
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

  test("a page that is under way while the list is cut is not put behind the gap", async () => {
    const deliveries = await loaded();
    const { answer, give } = later<unknown>();
    server.on("GET deliveries", answer);
    const load = deliveries.load();
    arrive(deliveries, 10, 10 + 2 * KEPT);
    const ids = deliveries.ids.value;
    give(list([made(1)]));
    await load;
    expect(deliveries.ids.value).toEqual(ids);
    expect([deliveries.more.value, deliveries.loading.value]).toEqual([true, false]);
    void deliveries.load();
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
    await deliveries.load();
    expect(server.asked.at(-1)).toContain(`after=DLV-${newest - 1}`);
  });

  test("that were missed none is lost of those held before, nor of those heard meanwhile", async () => {
    const deliveries = await loaded();
    deliveries.atTop = false;
    deliveries.hear(heard(made(4), made(5)));
    const newest = 100_000;
    const { answer, give } = later<unknown>();
    server.on("GET deliveries", (query: URLSearchParams) => {
      const before = query.get("before");
      return before ? list([made(Number(before.slice(4)) + 1)], true) : answer;
    });
    deliveries.missed();
    for (let turn = 0; turn < 25; turn++) await settled();
    deliveries.hear(heard(made(newest + 1), made(newest + 2)));
    give(list([made(newest), made(newest - 1)], true));
    await settled();
    expect(held(deliveries)).toEqual([2, 1, 0, -1].map((more) => `DLV-${newest + more}`));
    // Two were held, twenty read, two heard and two on the page; between those more wait than anybody counted.
    expect([deliveries.beyond.value, deliveries.uncounted.value, deliveries.arrived.value]).toEqual([22, true, 26]);
    expect(deliveries.ids.value).toEqual(["DLV-3", "DLV-2"]);
    // A late word about one that is counted is no arrival.
    deliveries.hear(heard(made(5, { status: "delivered" })));
    expect([held(deliveries).length, deliveries.arrived.value]).toEqual([4, 26]);
    deliveries.show();
    expect(deliveries.ids.value).toEqual([2, 1, 0, -1].map((more) => `DLV-${newest + more}`));
    expect([deliveries.beyond.value, deliveries.uncounted.value, deliveries.more.value]).toEqual([0, false, true]);
    await deliveries.load();
    expect(server.asked.at(-1)).toContain(`after=DLV-${newest - 1}`);
  });

  test("that were missed what was read is shown where the newest page cannot be", async () => {
    const deliveries = await loaded();
    server.on("GET deliveries", (query: URLSearchParams) => {
      const before = query.get("before");
      return before ? list([made(Number(before.slice(4)) + 1)], true) : new Refusal(502, "bad_gateway");
    });
    deliveries.missed();
    for (let turn = 0; turn < 25; turn++) await settled();
    expect(deliveries.ids.value[0]).toBe("DLV-23");
    expect(deliveries.ids.value.length).toBe(22);
  });

  test("those that were held while the reader was below do not take the place of newer ones", async () => {
    const deliveries = await loaded();
    const last = 10 + 2 * HELD;
    deliveries.atTop = false;
    arrive(deliveries, 10, last);
    deliveries.atTop = true;
    arrive(deliveries, last, last + 50);
    deliveries.show();
    const ids = deliveries.ids.value;
    expect(ids[0]).toBe(`DLV-${last + 49}`);
    expect(ids.length).toBeLessThanOrEqual(KEPT);
    expect(ids).toEqual(ids.map((_, at) => `DLV-${last + 49 - at}`));
    expect(deliveries.arrived.value).toBe(last + 50 - 10);
  });

  test.each(["in the list", "held"])("the siblings of one millisecond stay or go together %s", async (where) => {
    const deliveries = await loaded();
    deliveries.holding = where === "held";
    const shown = () => (where === "held" ? held(deliveries) : deliveries.ids.value);
    const siblings = (number: number) =>
      Array.from({ length: 7 }, (_, at) => made(number, { id: `DLV-${number}-${at}`, event: `EVT-${1_000 + number}` }));
    const all = Array.from({ length: 300 }, (_, at) => siblings(10 + at));
    for (const some of all) deliveries.hear(heard(...some));
    const ids = shown();
    const events = new Set(ids.map((id) => id.slice(0, id.lastIndexOf("-"))));
    expect(ids.length).toBe(7 * events.size);
    const arrived = deliveries.arrived.value;
    expect(arrived).toBe(7 * 300);
    // A late attempt tells of each.
    for (const some of all) deliveries.hear(heard(...some.map((one) => ({ ...one, status: "delivered" }))));
    expect(shown()).toEqual(ids);
    expect(deliveries.arrived.value).toBe(arrived);
  });
});
