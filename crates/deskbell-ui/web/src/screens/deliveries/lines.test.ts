import { expect, test } from "vitest";
import { delivery } from "../../fake/objects";
import type { Row } from "../../state/deliveries";
import { linesOf } from "./lines";

const NOW = Date.parse("2026-05-12T12:00:00Z");

function row(id: string, event: string, status = "delivered", attempts = 1, us = 1_000, day = 12): Row {
  const creation_time = `2026-05-${String(day).padStart(2, "0")}T10:00:00Z`;
  const made = attempts
    ? [{ id: "ATT", number: attempts, outcome: "x", started_time: creation_time, total_us: us, manual: false }]
    : [];
  return {
    delivery: delivery(id, { event, status, attempts, creation_time, attempts_made: made }),
    event: { type: "booking.scheduled", subject: null },
    created: Date.parse(creation_time),
    fresh: false,
  };
}

const told = (rows: Row[], open: string | null = null, unfolded: string[] = []) =>
  linesOf(rows, open, new Set(unfolded), NOW).map((line) =>
    line.kind === "more" ? `${line.rows.length} more` : line.kind === "day" ? line.name : line.key,
  );

test("the only delivery of an event is a line; several stand inside their event, the failed and the slowest first", () => {
  const rows = [
    row("D-1", "E-1"),
    row("D-2", "E-2", "delivered", 1, 5_000),
    row("D-3", "E-2", "pending", 2),
    row("D-4", "E-2", "failed", 9),
    row("D-5", "E-2", "delivered", 3),
  ];
  expect(told(rows)).toEqual(["D-1", "event E-2", "D-4", "D-3", "D-5", "D-2"]);
});

test("of many that arrived at once one line tells, but never of the one that is open", () => {
  const many = Array.from({ length: 6 }, (_, index) => row(`D-${index}`, "E-1", "delivered", 1, index));
  const rows = [...many, row("D-9", "E-1", "failed", 3)];
  expect(told(rows)).toEqual(["event E-1", "D-9", "6 more"]);
  expect(told(rows, "D-2")).toEqual(["event E-1", "D-9", "D-2", "5 more"]);
  expect(told(rows, null, ["E-1"])).toHaveLength(8);
});

test("each day but the first, which the strip names, has a line", () => {
  const rows = [row("D-1", "E-1"), row("D-2", "E-2", "delivered", 1, 1, 11), row("D-3", "E-3", "delivered", 1, 1, 4)];
  expect(told(rows)).toEqual(["D-1", "Yesterday, 11 May", "D-2", "4 May", "D-3"]);
});

test("deliveries of one event that others came between stand together", () => {
  expect(told([row("D-1", "E-1"), row("D-2", "E-2"), row("D-3", "E-1")])).toEqual(["event E-1", "D-1", "D-3", "D-2"]);
});
