// Sizes and long values: exact below 10,000 bytes, shortened in the middle, never at the end.

const grouped = new Intl.NumberFormat("en-US");

export const count = (value: number): string => grouped.format(value);

/** `1,778`; of what was not counted to its end `more than 1,778`. */
export const counted = (value: number, isMore: boolean): string =>
  isMore ? `more than ${count(value)}` : count(value);

/** `1,778 bytes`, `12 kB`, `5.0 MB`. */
export function bytes(value: number): string {
  if (value === 1) return "1 byte";
  if (value < 10_000) return `${count(value)} bytes`;
  if (value < 1_000_000) return `${Math.round(value / 1000)} kB`;
  return `${(value / 1_000_000).toFixed(1)} MB`;
}

/** The value with its middle left out, at most `most` characters long. */
export function shorten(text: string, most: number): string {
  const letters = [...text];
  if (letters.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${letters.slice(0, head).join("")}…${letters.slice(letters.length - (most - 1 - head)).join("")}`;
}

/**
 * Strangers' text as it may be shown: control, direction and invisible characters become marks. The joiner and the non-joiner are
 * letters of what is written: Persian, Hindi and families of people need them.
 */
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g,
    (sign) => {
      const code = sign.charCodeAt(0);
      if (code < 0x20) return String.fromCharCode(0x2400 + code);
      return code === 0x7f ? "\u2421" : `\u27e8${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
    },
  );
}

/** A part of a line that is read in its own direction, whatever stands beside it. */
export const apart = (text: string): string => `\u2068${visible(text)}\u2069`;

export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

const ORDINALS = ["", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

/** `third`, `21st`: in words up to ten. */
export function ordinal(number: number): string {
  const ending = number % 100 >= 11 && number % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return ORDINALS[number] ?? `${number}${ending}`;
}
