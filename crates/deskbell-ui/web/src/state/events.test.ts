import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { News } from "../api/news";
import { event } from "../fake/objects";
import { FakeServer, later, list } from "../fake/server";
import { Events } from "./events";

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
});
afterEach(() => vi.unstubAllGlobals());

/** Ids grow, and three events share a millisecond. */
const made = (number: number, type = "booking.scheduled") =>
  event(`EVNT-${String(number).padStart(4, "0")}`, {
    type,
    creation_time: new Date(Date.UTC(2026, 4, 12) + Math.floor(number / 3)).toISOString(),
  });
/** From one number down to another. */
const down = (from: number, till: number) => Array.from({ length: from - till + 1 }, (_, at) => made(from - at));
const heard = (...numbers: number[]): News[] => numbers.map((number) => ({ kind: "event", data: made(number) }));
const numbers = (events: Events) => events.list.value.map(({ id }) => Number(id.slice(5)));
const range = (from: number, till: number) => Array.from({ length: from - till + 1 }, (_, at) => from - at);

async function loaded(from: number, till: number): Promise<Events> {
  server.on("GET events", list(down(from, till), true));
  const events = new Events();
  await events.load();
  return events;
}

describe("what is heard", () => {
  test("stands on top, once, and only of the trigger that is asked for", async () => {
    server.on("GET events", list(down(3, 1)));
    const events = new Events("booking.scheduled");
    await events.load();
    expect(server.asked).toEqual(["GET events?type=booking.scheduled&limit=50"]);
    events.hear(heard(3, 4, 5));
    events.hear([{ kind: "event", data: made(6, "booking.canceled") }]);
    expect(numbers(events)).toEqual([5, 4, 3, 2, 1]);
  });

  test.each(["the first answer", "a refresh"])("while %s is under way stays", async (what) => {
    const events = what === "a refresh" ? await loaded(50, 1) : new Events();
    const { answer, give } = later<unknown>();
    server.on("GET events", answer);
    const read = what === "a refresh" ? events.refresh() : events.load();
    events.hear(heard(52, 53));
    give(list(down(52, 3), true));
    await read;
    expect(numbers(events)[0]).toBe(53);
    expect(numbers(events)).toEqual(range(53, 53 - events.list.value.length + 1));
    expect(events.more.value).toBe(true);
  });

  test("while a refresh after a gap is under way stays, and what is behind the gap goes", async () => {
    const events = await loaded(20, 1);
    const { answer, give } = later<unknown>();
    server.on("GET events", answer);
    const read = events.refresh();
    events.hear(heard(101));
    give(list(down(100, 71), true));
    await read;
    expect(numbers(events)).toEqual(range(101, 71));
    expect(events.more.value).toBe(true);
  });

  test("late, of one behind the end, is left to its page", async () => {
    const events = await loaded(50, 40);
    events.hear(heard(7));
    expect(numbers(events)).toEqual(range(50, 40));
  });

  test("makes the list no longer than it may be", async () => {
    const events = await loaded(50, 1);
    for (let number = 51; number < 500; number++) events.hear(heard(number));
    expect(numbers(events)).toEqual(range(499, 450));
    expect(events.more.value).toBe(true);
  });
});

describe("the page behind the oldest", () => {
  test("stands behind it, and says where the past was cut", async () => {
    const events = await loaded(100, 51);
    server.on("GET events", { ...list(down(50, 1)), deleted_before: "2026-05-01T00:00:00Z" });
    await events.older();
    expect(server.asked.at(-1)).toBe("GET events?after=EVNT-0051&limit=50");
    expect(numbers(events)).toEqual(range(100, 1));
    expect([events.more.value, events.cut.value]).toEqual([false, "2026-05-01T00:00:00Z"]);
    // What was fetched before stays beside what is read anew.
    server.on("GET events", list(down(102, 53), true));
    await events.refresh();
    expect(numbers(events)).toEqual(range(102, 3));
    expect(events.more.value).toBe(true);
  });

  test("has room beside what came meanwhile", async () => {
    const events = await loaded(100, 51);
    const { answer, give } = later<unknown>();
    server.on("GET events", answer);
    const read = events.older();
    events.hear(heard(...range(140, 101).reverse()));
    give(list(down(50, 1), true));
    await read;
    expect(numbers(events)).toEqual(range(140, 1));
    events.hear(heard(141));
    expect(numbers(events)).toEqual(range(141, 2));
  });

  test("is not put behind a gap", async () => {
    const events = await loaded(100, 51);
    const { answer, give } = later<unknown>();
    server.on("GET events", answer);
    const read = events.older();
    events.hear(heard(...range(200, 101).reverse()));
    give(list(down(50, 1)));
    await read;
    expect(numbers(events)).toEqual(range(200, 101));
    expect(events.more.value).toBe(true);
  });
});
