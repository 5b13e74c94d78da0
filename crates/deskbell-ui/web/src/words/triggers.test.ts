import { expect, test } from "vitest";
import { askers, retired } from "./triggers";

const hook = (name: string, status: boolean, events: readonly string[]) => ({ name, status, events });

test("only webhooks that are on get an event of a type that they ask for", () => {
  const all = [
    hook("paused", false, ["booking"]),
    hook("all", true, ["booking"]),
    hook("one", true, ["booking.canceled"]),
    hook("other", true, ["conversation"]),
  ];
  expect(askers(all, "booking.canceled").map(({ name }) => name)).toEqual(["all", "one"]);
});

test("a retired trigger is named where it is asked for, and by no composite", () => {
  expect(retired(["conversation.reached_out", "booking"]).map(({ type }) => type)).toEqual([
    "conversation.reached_out",
  ]);
  expect(retired(["conversation"])).toEqual([]);
});
