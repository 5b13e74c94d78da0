import { expect, test } from "vitest";
import type { Attempt, Delivery, Webhook } from "../api/objects";
import { attempt, delivery } from "../fake/objects";
import { say } from "./verdict";

const NOW = Date.parse("2026-05-12T10:00:10Z");
const WEBHOOK = { id: "WHK-1", name: "CRM sync", url: "https://hook.example/", status: true } as Webhook;
const timedOut = (number: number) =>
  attempt(`ATT-${number}`, {
    number,
    outcome: "head_timeout",
    possibly_received: true,
    timings: { reused_connection: true, total_us: 15_000_000 },
  });

const said = (more: Partial<Delivery>, attempts: Attempt[], webhook: Partial<Webhook> | null = {}, deleted = false) =>
  say({
    delivery: delivery("DLV-1", { attempts: attempts.length, ...more }),
    attempts,
    webhook: webhook && { ...WEBHOOK, ...webhook },
    deleted,
    inbox: null,
    foreign: true,
    sameBytes: null,
    now: NOW,
  });

test("what is owed says why it has not arrived and when it is tried, by whatever holds it", () => {
  const next = { next_attempt_time: "2026-05-12T10:03:10Z" };
  const plain = said(next, [timedOut(1)]);
  expect(plain.sentence).toBe("They did not answer within 15 s");
  expect(plain.reason).toContain("expect a duplicate. It will be tried again at ");
  expect(plain.reason).toContain(", in 3 min.");
  const resting = said(next, [timedOut(1)], { resting_until: "2026-05-12T10:20:10Z" });
  expect(resting.reason).toContain(", in 20 min, when CRM sync’s rest ends.");
  expect(said({}, [timedOut(1)]).reason).toContain("again as soon as its turn comes.");
});

test("what gave up says after how many tries, in what time, and why", () => {
  expect(said({ status: "failed" }, [timedOut(1), timedOut(2)]).sentence).toBe(
    "Gave up after 2 tries in 15 s: they did not answer within 15 s",
  );
});

test("what was called off says by what, and never that an unknown webhook is deleted", () => {
  const off = { status: "cancelled", settled_time: "2026-05-12T10:00:05Z" };
  const at = (more: Partial<Webhook> | null, deleted = false) => said(off, [], more, deleted).sentence;
  const paused = { status: false, disabled_reason: "by_owner" };
  expect(at({ ...paused, disabled_time: off.settled_time })).toMatch(/^Called off at .*: CRM sync was paused$/);
  // It was paused later: what turned it off then is not told by what it is now.
  expect(at({ ...paused, disabled_time: "2026-05-12T10:00:06Z" })).toMatch(/: CRM sync was off$/);
  expect(at({ status: false, disabled_reason: "gone" })).toMatch(/: CRM sync was off$/);
  expect(at(null, true)).toMatch(/: the webhook was deleted$/);
  expect(at(null)).not.toMatch(/deleted/);
  expect(said(off, [], { status: true }).reason).toContain("on again since");
});

test("only an answer is told to be all that is known", () => {
  expect(said({}, [timedOut(1)]).reason).not.toContain("only their answer is known");
});

test("ordinals beyond the tenth", () => {
  const won = (number: number) =>
    said({ status: "delivered" }, [attempt("ATT-1", { number, timings: { reused_connection: true, total_us: 1 } })])
      .sentence;
  expect([11, 12, 21, 22, 23, 111].map((number) => won(number).split(" ")[3])).toEqual([
    "11th",
    "12th",
    "21st",
    "22nd",
    "23rd",
    "111th",
  ]);
});
