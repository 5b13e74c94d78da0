import { expect, test } from "vitest";
import { afterWord, parts, percent, type Quarter, quarterInWords, worst } from "./health";
import { asksFor, covered, TRIGGERS } from "./triggers";

const quarter = (delivered: number, failed: number, time = "2026-05-06T13:00:00.000Z"): Quarter => ({
  time,
  delivered,
  first_try: delivered,
  failed,
  attempts: delivered + failed,
  p95_ms: null,
});

test("a share is never rounded up to all, nor down to none", () => {
  expect([1, 0.99999, 0.999, 0.98, 0.5, 0.0001, 0].map(percent)).toEqual([
    "100",
    "99.9",
    "99.9",
    "98",
    "50",
    "0.1",
    "0",
  ]);
});

test("the sentence is parted behind the state's word", () => {
  expect(parts({ state: "healthy", sentence: "Healthy. All arrived." })).toEqual(["Healthy.", " All arrived."]);
  expect(parts({ state: "paused", sentence: "Paused by you. Nothing is queued." })).toEqual([
    "Paused",
    " by you. Nothing is queued.",
  ]);
  expect(parts({ state: "disabled", sentence: "Because." })).toEqual(["Turned off.", " Because."]);
  expect(afterWord({ state: "disabled", sentence: "Turned off, because it answered 410." })).toBe(
    "Because it answered 410.",
  );
});

test("the worst run is the one with the most failures, not the longest", () => {
  expect(worst([quarter(1, 0), quarter(0, 1), quarter(0, 1), quarter(9, 0), quarter(0, 5)])).toEqual({
    from: 4,
    till: 4,
    failed: 5,
  });
  expect(worst([quarter(0, 2), quarter(0, 3), quarter(1, 0), quarter(0, 4)])).toEqual({ from: 0, till: 1, failed: 5 });
  expect(worst([quarter(3, 0)])).toBeNull();
});

test("a quarter says what came and what failed", () => {
  expect(quarterInWords(quarter(12, 1))).toMatch(/: 12 delivered, 1 try failed$/);
  expect(quarterInWords(quarter(0, 0))).toMatch(/: nothing$/);
});

test("a composite stands for its kind and for nothing else", () => {
  expect(covered(["booking"])).toEqual(TRIGGERS.filter((type) => type.startsWith("booking.")));
  expect(covered(["conversation.closed", "booking.canceled"])).toEqual(["booking.canceled", "conversation.closed"]);
  expect(asksFor(["conversation"], "booking.scheduled")).toBe(false);
  expect(covered(["booking", "conversation"])).toEqual(TRIGGERS);
});
