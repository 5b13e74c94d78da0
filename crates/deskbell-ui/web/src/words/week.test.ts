import { describe, expect, it } from "vitest";
import { addDays, lanes, openWeek, weekStart } from "./week";

describe("lanes", () => {
  const of = (...spans: [number, number][]) =>
    lanes(spans.map(([start, end], item) => ({ item, start, end }))).map(({ item, lane, lanes: many }) => [
      item,
      lane,
      many,
    ]);

  it("leaves what does not overlap its whole width", () => {
    expect(of([0, 30], [30, 60])).toEqual([
      [0, 0, 1],
      [1, 0, 1],
    ]);
  });

  it("puts what overlaps side by side, and a chain of overlaps into one group", () => {
    expect(of([0, 60], [30, 90], [60, 120])).toEqual([
      [0, 0, 2],
      [1, 1, 2],
      [2, 0, 2],
    ]);
  });

  it("begins anew after a gap", () => {
    expect(of([0, 60], [0, 60], [100, 130])).toEqual([
      [0, 0, 2],
      [1, 1, 2],
      [2, 0, 1],
    ]);
  });
});

describe("weeks", () => {
  it("begin on Monday, on a Sunday too", () => {
    expect(new Date(weekStart(new Date(2026, 4, 17, 23).getTime())).getDate()).toBe(11);
    expect(new Date(weekStart(new Date(2026, 4, 11, 0).getTime())).getDate()).toBe(11);
  });

  it("have days that begin at midnight, whatever the clocks do", () => {
    const days = Array.from({ length: 7 }, (_, index) => addDays(new Date(2026, 2, 23).getTime(), index));
    expect(days.map((day) => new Date(day).getHours())).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it("open with the coming one on a weekend", () => {
    const on = (day: number) => new Date(openWeek(new Date(2026, 4, day, 13).getTime())).getDate();
    expect([7, 8, 9, 10, 11].map(on)).toEqual([4, 4, 11, 11, 11]);
  });
});
