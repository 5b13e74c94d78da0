import { expect, test } from "vitest";
import type { NodeRow } from "../api/objects";
import { clock, doing, elsewhere, silence, tone } from "./nodes";

const ASKED = Date.parse("2026-05-12T09:30:00.000Z");

const node = (more: Partial<NodeRow>): NodeRow => ({
  object: "node",
  id: "NODE-7QK2M9D4XR",
  name: "bell-1",
  has_namesake: false,
  host: "bell-1",
  roles: ["api", "engine", "sweeps"],
  version: "0.9.4",
  state: "working",
  started_time: "2026-05-12T08:14:00.000Z",
  heartbeat_age_seconds: 0.84,
  clock_ms: 2,
  epoch: 418,
  in_flight: 96,
  in_hand: 120,
  ...more,
});

test("a machine says what it does and since when, and one that is gone how long it did", () => {
  expect(doing(node({}), ASKED)).toBe("api, engine, sweeps · 0.9.4 · up 1 h 16 min");
  const gone = node({ state: "gone", heartbeat_age_seconds: 360, roles: ["engine"] });
  expect(doing(gone, ASKED)).toBe("engine · 0.9.4 · was up for 1 h 10 min");
  const ahead = node({ clock_ms: 3_600_000, started_time: "2026-05-12T10:29:00.000Z" });
  expect(doing(ahead, ASKED)).toBe("api, engine, sweeps · 0.9.4 · up 1 min");
});

test("a heartbeat is told to a tenth at first, and a clock with its sign", () => {
  const silences = [0, 0.84, 9.94, 14.6, 302].map((seconds) => silence(node({ heartbeat_age_seconds: seconds })));
  expect(silences).toEqual(["0.0 s", "0.8 s", "9.9 s", "15 s", "5 min 2 s"]);
  const clocks = [0, 2, -11, 30_000, -3_600_000].map((ms) => clock(node({ clock_ms: ms })));
  expect(clocks).toEqual(["0 ms", "2 ms", "−11 ms", "30 s", "−1 h"]);
});

test("only what works looks well, and a host is told where the name is another", () => {
  const states = ["working", "late", "gone", "resting"].map((state) => tone(node({ state })));
  expect(states).toEqual(["good", "wait", "bad", "wait"]);
  const hosts = ["bell-1", "bell-1:8480", "front", "bell-10"].map((name) => elsewhere(node({ name })));
  expect(hosts).toEqual([null, null, "bell-1", "bell-1"]);
});
