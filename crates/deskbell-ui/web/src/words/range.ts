// Of how much time the operator's charts are, in words: the hour of the process that answers, or the day or week of all processes.
import type { Operator, SeriesStep } from "../api/objects";
import { at, day, moment, shortClock } from "./time";
import { since } from "./usage";

export const RANGES = [
  { key: "hour", word: "Hour", span: 3_600_000 },
  { key: "day", word: "Day", span: 24 * 3_600_000 },
  { key: "week", word: "Week", span: 7 * 24 * 3_600_000 },
] as const;

export type Range = (typeof RANGES)[number]["key"];

/** The range that an address names; an hour where it names none that there is. */
export const rangeOf = (text: string | null): Range => RANGES.find(({ key }) => key === text)?.key ?? "hour";

/** How long it is, in milliseconds. */
export const spanOf = (range: Range): number => RANGES.find(({ key }) => key === range)?.span ?? 0;

/** `in the last 24 hours`. */
export function inRange(state: Operator): string {
  switch (state.range) {
    case "day":
      return "in the last 24 hours";
    case "week":
      return "in the last 7 days";
    default:
      return since(state);
  }
}

/** How many seconds a step is of: the last one of a day or a week is not over. */
export function secondsOf({ range, step_seconds: step }: Operator, { time }: SeriesStep): number {
  return range === "hour" ? step : Math.round(at(time) / 1000) % step || step;
}

/** When a step began, and when it ended, as a person writes it. */
export function stepInWords(state: Operator, one: SeriesStep): string {
  const end = at(one.time);
  return spanInWords(state, end - secondsOf(state, one) * 1000, end);
}

/** The same of some steps together. */
export const spanInWords = ({ range }: Operator, from: number, till: number): string =>
  `${range === "week" ? moment(from) : shortClock(from)} to ${shortClock(till)}`;

/** A time below a chart of so many milliseconds. */
export const mark = (time: number, span: number): string => (span > spanOf("day") ? day(time) : shortClock(time));
