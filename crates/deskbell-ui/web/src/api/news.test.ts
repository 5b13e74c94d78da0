import { expect, test } from "vitest";
import { attempt, event } from "../fake/objects";
import { newsOf, told } from "./news";

test("a message becomes news of its kind", () => {
  expect(newsOf("event", JSON.stringify(event("EVT-1")))).toEqual({ kind: "event", data: event("EVT-1") });
});

test("a kind that only a newer page knows is no news, whatever it is called", () => {
  for (const kind of ["invoice", "constructor", "__proto__", ""]) expect(newsOf(kind, "{}")).toBeNull();
});

test("the objects of one kind are told in their order", () => {
  const news = [
    { kind: "event", data: event("EVT-2") },
    { kind: "attempt", data: attempt("ATT-1") },
    { kind: "event", data: event("EVT-1") },
  ] as const;
  expect(told(news, "event").map(({ id }) => id)).toEqual(["EVT-2", "EVT-1"]);
  expect(told(news, "capture")).toEqual([]);
});
