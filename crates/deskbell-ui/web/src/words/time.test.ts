import { expect, test } from "vitest";
import { at, clockTime, givesUp, local, moment, when } from "./time";

const NOW = at("2026-05-06T13:00:00Z");

test("a time is the clock's of today, else has its day", () => {
  expect(when(NOW, NOW)).toBe(clockTime(NOW));
  expect(when(NOW - 3 * 86_400_000, NOW)).toBe(moment(NOW - 3 * 86_400_000));
});

test("a sentence of the server's has the reader's zone, and one zone alone", () => {
  const said = "It is still on its way: 2 tries have failed, the next is at 13:06:22 UTC.";
  expect(local(said, NOW)).toBe(said.replace("13:06:22 UTC", clockTime(at("2026-05-06T13:06:22Z"))));
  const older = local("Turned off at 2026-05-01 09:30:00 UTC, because they answered 410.", NOW);
  expect(older).toBe(`Turned off at ${moment(at("2026-05-01T09:30:00Z"))}, because they answered 410.`);
});

test("a delivery is given up after the schedule's last try, which may be long before the window ends", () => {
  expect(givesUp(259_200)).toBe("after the last try of the schedule, at most 72 h after the first");
  expect(givesUp(90)).toBe("after the last try of the schedule, at most 1 min 30 s after the first");
});
