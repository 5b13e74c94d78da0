// Weeks of a calendar: their days in the reader's zone, and where a booking stands in them.
import { day } from "./time";

const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "short" });

export const dayWord = (time: number): string => weekday.format(time);

/** `Tue 12 May`. */
export const dayAndDate = (time: number): string => `${dayWord(time)} ${day(time)}`;

/** Midnight of that day. */
export function dayStart(time: number): number {
  const date = new Date(time);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** So many days later, whatever the clocks do between. */
export function addDays(time: number, days: number): number {
  const date = new Date(time);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}

/** Monday of that week. */
export const weekStart = (time: number): number => addDays(dayStart(time), -((new Date(time).getDay() + 6) % 7));

/** The week that is worth looking at: on a weekend the coming one. */
export const openWeek = (now: number): number => weekStart(addDays(now, 2));

/** `11 to 15 May`, `30 Nov to 4 Dec`. */
export function span(first: number, last: number): string {
  const isSame = new Date(first).getMonth() === new Date(last).getMonth();
  return `${isSame ? new Date(first).getDate() : day(first)} to ${day(last)}`;
}

/** Minutes since midnight. */
export function minuteOf(time: number): number {
  const date = new Date(time);
  return date.getHours() * 60 + date.getMinutes();
}

/** That minute of that day. */
export function timeOf(dayAt: number, minute: number): number {
  const date = new Date(dayAt);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate(), 0, minute).getTime();
}

export interface Placed<T> {
  item: T;
  start: number;
  end: number;
  lane: number;
  lanes: number;
}

/** Puts what overlaps side by side. */
export function lanes<T>(items: readonly { item: T; start: number; end: number }[]): Placed<T>[] {
  const placed: Placed<T>[] = [];
  let group: Placed<T>[] = [];
  let till = -1;
  const close = () => {
    const wide = Math.max(0, ...group.map(({ lane }) => lane)) + 1;
    for (const one of group) one.lanes = wide;
    group = [];
  };
  for (const { item, start, end } of [...items].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start >= till) close();
    const taken = new Set(group.filter((one) => one.end > start).map(({ lane }) => lane));
    let lane = 0;
    while (taken.has(lane)) lane++;
    const one = { item, start, end, lane, lanes: 1 };
    group.push(one);
    placed.push(one);
    till = Math.max(till, end);
  }
  close();
  return placed;
}
