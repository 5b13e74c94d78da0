import { expect, test } from "vitest";
import type { Operator, SeriesStep } from "../api/objects";
import { inRange, rangeOf, secondsOf, stepInWords } from "./range";

const state = (range: string, step_seconds: number) => ({ range, step_seconds }) as Operator;
const step = (time: string) => ({ time }) as SeriesStep;

test("an address names a range, and an hour where it names none that there is", () => {
  expect([null, "day", "week", "year"].map(rangeOf)).toEqual(["hour", "day", "week", "hour"]);
  expect([inRange(state("day", 900)), inRange(state("week", 7200))]).toEqual([
    "in the last 24 hours",
    "in the last 7 days",
  ]);
});

test("the last step of a day or a week is as long as it has lasted", () => {
  const of = (range: string, length: number, time: string) => secondsOf(state(range, length), step(time));
  expect(of("day", 900, "2026-05-12T10:15:00Z")).toBe(900);
  expect(of("day", 900, "2026-05-12T10:17:30Z")).toBe(150);
  expect(of("week", 7200, "2026-05-12T11:00:00Z")).toBe(3600);
  expect(of("hour", 10, "2026-05-12T10:00:03Z")).toBe(10);
  expect(stepInWords(state("day", 900), step("2026-05-12T10:17:30Z"))).toMatch(/^\d\d:15 to \d\d:17$/);
});
