import { expect, test } from "vitest";
import type { Delivery, Webhook } from "../api/objects";
import { delivery } from "../fake/objects";
import { holds, inWords, nextOf } from "./next";

const NOW = Date.parse("2026-05-12T10:00:10Z");
const said = (more: Partial<Delivery>, webhook: Partial<Webhook> = {}) => {
  const next = nextOf(delivery("DLV-1", more), { name: "CRM sync", status: true, ...webhook } as Webhook);
  return [inWords(next, "CRM sync", NOW), holds(next, "CRM sync")];
};
const soon = { next_attempt_time: "2026-05-12T10:03:10Z" };

test("each hold has its words, and a time where it is known", () => {
  expect(said(soon)).toEqual([expect.stringMatching(/^at .*, in 3 min$/), ""]);
  expect(said({ ...soon, held_by: "rest" })).toEqual([
    expect.stringMatching(/, in 3 min, when CRM sync’s rest ends$/),
    "held by CRM sync’s rest",
  ]);
  expect(said({ next_attempt_time: "2026-05-12T10:00:10Z", held_by: "room" })[0]).toBe(
    "as soon as there is room for it",
  );
  expect(said({ held_by: "instance_paused" })[0]).toContain("`deskbell resume`");
  expect(said({ held_by: "webhook_off" })[0]).toContain("when CRM sync is on");
  expect(said({})).toEqual(["as soon as its turn comes", ""]);
});

test("a rest that began since counts, but not for a sample", () => {
  const rest = { resting_until: "2026-05-12T10:20:10Z" };
  expect(said(soon, rest)[0]).toMatch(/, in 20 min, when CRM sync’s rest ends$/);
  expect(said({ ...soon, sample: true }, rest)[0]).toMatch(/, in 3 min$/);
});

test("a webhook that is off gets samples: it is events that are not sent", () => {
  expect(said({ held_by: "webhook_off" })[0]).toBe("when CRM sync is on: no events are sent to it before");
});
