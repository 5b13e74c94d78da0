// Figures of the operator's page: rates, sizes, and the scale of a chart.
import { count } from "./bytes";
import { duration } from "./time";

/** A time that so many of 100 took at most: the bound of a class of times, and no measurement. */
export const atMost = (ms: number): string => `≤ ${duration(ms)}`;

/** `84`, `8.4`, `0.2`. */
export const rate = (value: number): string =>
  value >= 10 || value === 0 ? count(Math.round(value)) : value < 0.1 ? "<0.1" : value.toFixed(1).replace(/\.0$/, "");

const UNITS = ["kB", "MB", "GB", "TB"] as const;

/** A size as a figure and its unit: `8.9 MB`, `54 GB`. */
export function size(bytes: number): string {
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 10 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, "")} ${UNITS[unit]}`;
}

/** What an account keeps of what it may: `48 MB of 11 GB, 0.44 %`. */
export const kept = (bytes: number, quota: number | null): string =>
  quota == null ? size(bytes) : `${size(bytes)} of ${size(quota)}, ${share(bytes, quota)}`;

/** Whether so much of a quota, in hundredths, is worth a word: as the server's headline has it. */
export const isNear = (percent: number | null): boolean => (percent ?? 0) >= 80;

/** A share of a whole: never rounded up to all, nor down to none. */
export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return "0 %";
  const percent = (part / whole) * 100;
  if (percent < 0.01) return "<0.01 %";
  if (part < whole && percent > 99.99) return ">99.99 %";
  return `${percent.toFixed(2).replace(/\.?0+$/, "")} %`;
}

/** The lines of a scale up to a round number above `most`, at most five of them and zero. */
export function scale(most: number, least: number): readonly number[] {
  const top = Math.max(most, least);
  const raw = top / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw - 1e-9) ?? raw;
  const lines = [0];
  while ((lines.at(-1) ?? 0) < top - 1e-9) lines.push(Number(((lines.at(-1) ?? 0) + step).toPrecision(6)));
  return lines;
}
