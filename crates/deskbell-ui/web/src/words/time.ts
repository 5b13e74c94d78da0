// Times and durations in words: seconds to 60, then minutes, then the clock, then the date.

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const clockMs = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});
const clockTenth = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 1,
});
const short = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const year = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

const long = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

/** The reader's zone, by its name. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const at = (wire: string): number => Date.parse(wire);
export const clockTime = (time: number): string => clock.format(time);
export const exactClock = (time: number): string => clockMs.format(time);
/** `15:18:22.8`: where a column is too narrow for more. */
export const tenthClock = (time: number): string => clockTenth.format(time);
export const shortClock = (time: number): string => short.format(time);
export const day = (time: number): string => date.format(time);
/** `1 April 2025`, in UTC: what a certificate says is of no zone. */
export const longDay = (time: number): string => long.format(time);
/** `12 May 09:30`. */
export const moment = (time: number): string => `${date.format(time)} ${short.format(time)}`;
/** For a title: the instant in UTC. */
export const utc = (time: number): string => `${new Date(time).toISOString().replace("T", " ").replace("Z", "")} UTC`;

/** `Today, 6 May`, `Yesterday, 5 May`, `4 May 2025`. */
export function dayName(time: number, now: number): string {
  const text = date.format(time);
  if (text === date.format(now) && now - time < 86_400_000) return `Today, ${text}`;
  const yesterday = now - 86_400_000;
  if (text === date.format(yesterday) && now - time < 2 * 86_400_000) return `Yesterday, ${text}`;
  return new Date(time).getFullYear() === new Date(now).getFullYear() ? text : year.format(time);
}

/** When, in a sentence: `13:06:22` of today, else `6 May 13:06`. */
export const when = (time: number, now: number): string =>
  date.format(time) === date.format(now) && Math.abs(now - time) < 86_400_000 ? clock.format(time) : moment(time);

/** How long ago, for a column: `now`, `15 s`, `5 min`, `14:18`, `4 May`. */
export function age(time: number, now: number): string {
  const seconds = Math.floor((now - time) / 1000);
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? shortClock(time) : day(time);
}

/** A duration in at most two parts: `0.4 ms`, `44 ms`, `1.2 s`, `2 min 46 s`, `1 h 16 min`, `67 h`. */
export function duration(ms: number): string {
  if (ms < 0.01) return "0 ms";
  if (ms < 0.1) return `${trim(ms, 2)} ms`;
  if (ms < 10) return `${trim(ms, 1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${trim(ms / 1000, 1)} s`;
  return spell(Math.round(ms / 1000));
}

/** A measured duration with one more digit: `30.4 ms`. */
export function measured(ms: number): string {
  return ms >= 10 && ms < 100 ? `${ms.toFixed(1)} ms` : duration(ms);
}

/** Whole seconds, counting down: `46 s`, `2 min 46 s`, `1 h 16 min`. */
export function spell(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 72) return minutes % 60 && hours < 48 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} d`;
}

function trim(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.0$/, "");
}

/** A sentence of the server, whose times are UTC, with them in the reader's zone: one zone at a time. */
export function local(sentence: string, now: number): string {
  return sentence.replace(/(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d:\d\d) UTC/g, (_, day: string | undefined, time: string) =>
    when(at(`${day ?? new Date(now).toISOString().slice(0, 10)}T${time}Z`), now),
  );
}

/** When a delivery is given up. The schedule ends with its last try; the window only bounds it. A span in whole hours reads as settings give it. */
export const givesUp = (window: number): string =>
  `after the last try of the schedule, at most ${window % 3600 === 0 ? `${window / 3600} h` : spell(window)} after the first`;
