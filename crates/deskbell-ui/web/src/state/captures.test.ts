import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { capture } from "../fake/objects";
import { FakeServer, later, list, Refusal } from "../fake/server";
import { Captures, KEPT } from "./captures";

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
});
afterEach(() => vi.unstubAllGlobals());

const REQUESTS = "GET inboxes/INB-1/requests";
const numbers = (captures: Captures) => captures.list.value.map(({ number }) => number);

async function loaded(): Promise<Captures> {
  server.on(REQUESTS, list([capture(3), capture(2)], true));
  const captures = new Captures("INB-1");
  await captures.load();
  return captures;
}

test("pages come one behind the other", async () => {
  const captures = await loaded();
  expect(captures.more.value).toBe(true);
  server.on(REQUESTS, list([capture(1)]));
  await captures.load();
  expect([numbers(captures), captures.more.value]).toEqual([[3, 2, 1], false]);
  expect(server.asked.at(-1)).toBe(`${REQUESTS}?limit=50&after=REQ-2`);
});

test("what arrives stands on top and is fresh; heard again it takes the place of the first", async () => {
  const captures = await loaded();
  captures.hear([
    { kind: "capture", data: capture(4) },
    { kind: "capture", data: capture(9, { inbox: "INB-2" }) },
  ]);
  captures.hear([{ kind: "capture", data: capture(4, { answered_status: 200 }) }]);
  captures.hear([{ kind: "capture", data: capture(2, { answered_status: 500 }) }]);
  expect(numbers(captures)).toEqual([4, 3, 2]);
  expect([captures.find("REQ-4")?.answered_status, captures.find("REQ-2")?.answered_status]).toEqual([200, 500]);
  expect([...captures.fresh]).toEqual(["REQ-4"]);
});

test("what was missed is the newest page, beside those that are loaded", async () => {
  const captures = await loaded();
  server.on(REQUESTS, list([capture(5), capture(4)], true));
  await captures.refresh();
  expect([numbers(captures), captures.loading.value]).toEqual([[5, 4, 3, 2], false]);
  captures.clear();
  expect([numbers(captures), captures.more.value]).toEqual([[], false]);
});

test("one that was deleted is listed no more, wherever it stood; one that could not be is", async () => {
  const captures = await loaded();
  for (const id of ["REQ-3", "REQ-1"]) server.on(`DELETE inboxes/INB-1/requests/${id}`, { id, deleted: true });
  server.on("DELETE inboxes/INB-1/requests/REQ-2", new Refusal(503, "storage_busy"));
  server.on(`${REQUESTS}/REQ-1`, capture(1));
  await captures.look("REQ-1");
  await captures.remove("REQ-3");
  await captures.remove("REQ-1");
  await expect(captures.remove("REQ-2")).rejects.toThrow();
  expect([numbers(captures), captures.find("REQ-1"), captures.isGone("REQ-1")]).toEqual([[2], undefined, true]);
});

test("one behind what is loaded is asked for by itself, and only the server's word says that it is gone", async () => {
  const captures = await loaded();
  server.on(`${REQUESTS}/REQ-1`, capture(1));
  server.on(`${REQUESTS}/REQ-0`, new Refusal(404, "not_found"));
  server.on(`${REQUESTS}/REQ-9`, new Refusal(503, "storage_busy"));
  for (const id of ["REQ-1", "REQ-0", "REQ-9", "REQ-2", "REQ-0"]) await captures.look(id);
  expect([captures.find("REQ-1")?.number, captures.isGone("REQ-1")]).toEqual([1, false]);
  expect([captures.find("REQ-0"), captures.isGone("REQ-0")]).toEqual([undefined, true]);
  expect([captures.isGone("REQ-9"), captures.fault("REQ-9")]).toEqual([
    false,
    expect.objectContaining({ status: 503 }),
  ]);
  expect(server.asked.length).toBe(4);
  server.on(`${REQUESTS}/REQ-9`, capture(9));
  await captures.look("REQ-9");
  expect([captures.find("REQ-9")?.number, captures.fault("REQ-9")]).toEqual([9, undefined]);
  server.on(REQUESTS, list([capture(1)]));
  await captures.load();
  expect([numbers(captures), server.asked.at(-1)]).toEqual([[3, 2, 1], `${REQUESTS}?limit=50&after=REQ-2`]);
});

/** One after the other, a hundred at a time, as a stream tells them. */
function arrive(captures: Captures, from: number, till: number): void {
  for (let number = from; number < till; number += 100)
    captures.hear(
      Array.from({ length: Math.min(100, till - number) }, (_, at) => ({
        kind: "capture",
        data: capture(number + at),
      })),
    );
}

test("of very many the newest stand there, and the rest comes again to whoever scrolls", async () => {
  const captures = await loaded();
  arrive(captures, 4, 4 + 3 * KEPT);
  expect([numbers(captures).length, captures.fresh.size, numbers(captures)[0]]).toEqual([KEPT, KEPT, 3 + 3 * KEPT]);
  expect(captures.more.value).toBe(true);
  const last = numbers(captures).at(-1) ?? 0;
  // Heard again, one that went is no arrival.
  captures.hear([{ kind: "capture", data: capture(last - 1, { answered_status: 200 }) }]);
  expect([numbers(captures).at(-1), captures.fresh.size]).toEqual([last, KEPT]);
  server.on(REQUESTS, list([capture(last - 1), capture(last - 2)], true));
  await captures.load();
  expect(server.asked.at(-1)).toContain(`after=REQ-${last}`);
  expect([numbers(captures).length, numbers(captures).at(-1)]).toEqual([KEPT + 2, last - 2]);
});

test("a page that is under way while the list is cut is not put behind the gap", async () => {
  const captures = await loaded();
  const { answer, give } = later<unknown>();
  server.on(REQUESTS, answer);
  const load = captures.load();
  arrive(captures, 4, 4 + 2 * KEPT);
  give(list([capture(1)]));
  await load;
  expect(numbers(captures).at(-1)).toBe(4 + KEPT);
  expect([captures.more.value, captures.loading.value]).toEqual([true, false]);
});

test("where some between were missed the newest page and what was heard since stand alone", async () => {
  const captures = await loaded();
  const { answer, give } = later<unknown>();
  server.on(REQUESTS, answer);
  const refresh = captures.refresh();
  captures.hear([{ kind: "capture", data: capture(101) }]);
  give(list([capture(100), capture(99)], true));
  await refresh;
  expect([numbers(captures), captures.more.value]).toEqual([[101, 100, 99], true]);
});

test("a note stands beside its request, and moves nothing", async () => {
  const captures = await loaded();
  const written: unknown[] = [];
  const answer = (number: number) => (_: URLSearchParams, body: unknown) => {
    written.push(body);
    return capture(number, body as object);
  };
  server.on("PATCH inboxes/INB-1/requests/REQ-2", answer(2));
  await captures.note("REQ-2", " came twice ");
  expect([numbers(captures), captures.find("REQ-2")?.note]).toEqual([[3, 2], "came twice"]);
  await captures.note("REQ-2", "  ");
  expect([written, captures.find("REQ-2")?.note]).toEqual([[{ note: "came twice" }, { note: null }], null]);
  // One that lies behind what is loaded stays there: the next page begins where the last one ended.
  server.on("PATCH inboxes/INB-1/requests/REQ-1", answer(1));
  await captures.note("REQ-1", "old");
  expect([numbers(captures), captures.find("REQ-1")?.note]).toEqual([[3, 2], "old"]);
});
