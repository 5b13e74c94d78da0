import { describe, expect, it } from "vitest";
import type { Booking, Calendar } from "../api/objects";
import { ACTIONS, type ActionKey, listed } from "./booking";

const NOW = Date.parse("2026-05-12T10:00:00Z");

/** The actions that a booking in that state allows. */
function allowed(status: string, more: { start?: string; last?: string; approval?: boolean } = {}): ActionKey[] {
  const booking = { status, starting_time: more.start ?? "2026-05-13T10:00:00Z" } as Booking;
  const known = {
    booking,
    calendar: { approval: more.approval ?? false } as Calendar,
    last: more.last ?? null,
    now: NOW,
  };
  return ACTIONS.filter(({ fits, off }) => (!fits || fits(known)) && !off(known)).map(({ key }) => key);
}

describe("what a state allows", () => {
  it("is what the server allows", () => {
    expect(allowed("requested")).toEqual(["approve", "decline", "cancel"]);
    expect(allowed("scheduled")).toEqual(["reschedule", "reassign", "request-reschedule", "complete", "cancel"]);
    expect(allowed("rescheduled")).toEqual(allowed("scheduled"));
    expect(allowed("completed")).toEqual(["request-reschedule", "no-show"]);
    expect(allowed("no_show")).toEqual(["request-reschedule"]);
    expect(allowed("canceled")).toEqual([]);
  });

  it("is a no show once it has begun", () => {
    expect(allowed("scheduled", { start: "2026-05-12T09:59:00Z" })).toContain("no-show");
  });

  it("is another time for whose guest was asked for one", () => {
    expect(allowed("canceled", { last: "booking.canceled_reschedule_requested" })).toEqual(["reschedule"]);
  });
});

it("lists names as a sentence does", () => {
  expect([listed([]), listed(["A"]), listed(["A", "B"]), listed(["A", "B", "C"])]).toEqual([
    "",
    "A",
    "A and B",
    "A, B and C",
  ]);
});
