import { expect, test } from "vitest";
import type { Advice } from "../api/objects";
import { isAnswer, sumOf } from "./script";

const lost = { next: "retry", wait_ms: 15_000 } as unknown as Advice;
const won = { next: "done" } as Advice;
const off = { next: "disable" } as Advice;
const after = (many: number) => sumOf([...Array<Advice>(many).fill(lost), won])?.sentence;

test("the try on which it is delivered has its ending", () => {
  expect([1, 10, 11, 20, 21, 22].map(after)).toEqual([
    "Delivered on the second try",
    "Delivered on the 11th try",
    "Delivered on the 12th try",
    "Delivered on the 21st try",
    "Delivered on the 22nd try",
    "Delivered on the 23rd try",
  ]);
});

test("what comes first ends it", () => {
  expect(sumOf([lost, off, won])).toMatchObject({ sentence: "The webhook is turned off", lost: 2, won: false });
  expect(sumOf([lost, won, off])).toMatchObject({ lost: 1, won: true, seconds: 15 });
  expect(sumOf([lost])?.sentence).toContain("Never delivered");
  expect(sumOf([])).toBeNull();
});

test("an inbox answers what the server keeps, and no redirect", () => {
  expect([200, 299, 400, 599].every(isAnswer)).toBe(true);
  expect([0, 199, 300, 302, 399, 600].some(isAnswer)).toBe(false);
});
