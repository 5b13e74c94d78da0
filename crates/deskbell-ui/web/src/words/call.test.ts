import { expect, test } from "vitest";
import { eventIn, followsFrom, outcomeOf } from "./call";

test("a conflict is a refusal with a name of its own", () => {
  expect(outcomeOf({ outcome: "refused", code: "event_conflict" })).toEqual({ word: "conflict", tone: "bad" });
  expect(outcomeOf({ outcome: "refused", code: "event_type_unknown" }).word).toBe("refused");
  expect(outcomeOf({ outcome: "put_off", code: null })).toEqual({ word: "put off", tone: "quiet" });
});

test("what comes next is said of what became of it", () => {
  const of = (outcome: string, status_code: number, code: string | null = null) =>
    followsFrom({ outcome, code, status_code });
  expect(of("refused", 409, "event_conflict")).toContain("came first stands");
  expect(of("refused", 400, "event_type_unknown")).toContain("Mend the call");
  expect(of("refused", 202, "event_type_unknown")).toContain("Of those that were refused");
  expect(of("refused", 503, "storage_busy")).toContain("may work later");
  expect(of("refused", 429, "rate_limit_exceeded")).toContain("may work later");
  expect(of("refused", 503, "storage_unavailable")).toContain("not known whether anything was kept");
  expect(of("repeated", 200)).toContain("nothing has to be done");
  expect(of("to_nobody", 202)).toContain("not this one");
});

test("the event that a sentence names is found", () => {
  expect(eventIn("This Idempotency-Key was used for another event: 'EVNT-15QSUS81P8'")).toBe("EVNT-15QSUS81P8");
  expect(eventIn("No such webhook: 'WHK-2V8QDX6RNC'")).toBeNull();
});
