import { expect, test } from "vitest";
import { keyedTo } from "./pointing";

test("keys lead from step to step, from behind the last where none is pointed at, and never beyond an end", () => {
  const from = (now: number | null) => (key: string) => keyedTo(key, now, 9, 4);
  expect(["ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"].map(from(5))).toEqual([4, 6, 0, 9, 1, 9]);
  expect(["ArrowLeft", "ArrowRight", "PageUp"].map(from(null))).toEqual([9, 9, 6]);
  expect(from(0)("ArrowLeft")).toBe(0);
  expect([from(5)("a"), keyedTo("Home", null, -1, 4)]).toEqual([undefined, undefined]);
});
