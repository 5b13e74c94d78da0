// JSON as it was written. `JSON.parse` makes doubles of numbers, moves keys that look like numbers and keeps one of two that are
// the same; a reader of a delivery wants what was sent. So a value here keeps its own text, and an object its members in order.

export type Json = Word | Text | Branch;

/** A number, true, false or null, as it was written. */
interface Word {
  kind: "word";
  source: string;
}

interface Text {
  kind: "text";
  source: string;
}

export interface Branch {
  kind: "object" | "list";
  source: string;
  /** In order; of a list without names. */
  members: readonly Member[];
}

export interface Member {
  /** Null in a list. */
  name: string | null;
  value: Json;
  /** The object has this name more than once. */
  double: boolean;
}

/** What a text or a name says, without its quotes and escapes. */
export const unquoted = (source: string): string => JSON.parse(source) as string;

const SPACE = /[ \t\n\r]*/y;
const WORD = /[^ \t\n\r,:\]}]+/y;

/** Where the next sign, text or word of a valid JSON begins and ends; nothing at its end. */
function* tokens(text: string): Generator<readonly [from: number, to: number]> {
  let at = 0;
  for (;;) {
    SPACE.lastIndex = at;
    SPACE.test(text);
    const from = SPACE.lastIndex;
    const sign = text[from];
    if (sign === undefined) return;
    if (sign === '"') at = closing(text, from) + 1;
    else if ("{}[],:".includes(sign)) at = from + 1;
    else {
      WORD.lastIndex = from;
      WORD.test(text);
      at = WORD.lastIndex;
    }
    yield [from, at];
  }
}

/** The place of the quote that closes the one there. */
function closing(text: string, quote: number): number {
  let at = quote;
  for (;;) {
    at = text.indexOf('"', at + 1);
    let before = at;
    while (text[before - 1] === "\\") before--;
    // Two backslashes are one that is escaped; an odd one escapes the quote.
    if ((at - before) % 2 === 0) return at;
  }
}

/** Throws what `JSON.parse` throws at a text that is no JSON. However deep it is, the stack is not. */
export function parse(text: string): Json {
  // The browser judges; what follows may then trust the text.
  JSON.parse(text);
  const open: { from: number; list: boolean; members: Member[]; name: string | null }[] = [];
  let whole: Json = { kind: "word", source: text };
  for (const [from, to] of tokens(text)) {
    const sign = text[from];
    if (sign === "," || sign === ":") continue;
    if (sign === "{" || sign === "[") {
      open.push({ from, list: sign === "[", members: [], name: null });
      continue;
    }
    const inside = open.at(-1);
    let value: Json;
    if (inside && (sign === "}" || sign === "]")) {
      open.pop();
      markDoubles(inside.members);
      const source = text.slice(inside.from, to);
      value = { kind: inside.list ? "list" : "object", source, members: inside.members };
    } else {
      const source = text.slice(from, to);
      if (inside && !inside.list && inside.name === null) {
        inside.name = unquoted(source);
        continue;
      }
      value = { kind: sign === '"' ? "text" : "word", source };
    }
    const holder = open.at(-1);
    if (holder) {
      holder.members.push({ name: holder.name, value, double: false });
      holder.name = null;
    } else whole = value;
  }
  return whole;
}

function markDoubles(members: Member[]): void {
  const known = new Map<string, Member>();
  for (const member of members) {
    if (member.name === null) return;
    const other = known.get(member.name);
    if (other) other.double = member.double = true;
    known.set(member.name, member);
  }
}

/** The value of that name; of two the last, as most readers have it. */
export const member = (value: Json, name: string): Json | undefined =>
  "members" in value ? value.members.findLast((one) => one.name === name)?.value : undefined;

/** Levels that are set in from the edge; what is deeper stands as far in. */
const LEVELS = 40;

/** Over several lines, with every text, number and name as it was written. A text that is no JSON stays as it is. */
export function pretty(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  const parts: string[] = [];
  let depth = 0;
  let before = "";
  const line = () => parts.push(`\n${"  ".repeat(Math.min(depth, LEVELS))}`);
  for (const [from, to] of tokens(text)) {
    const part = text.slice(from, to);
    const closes = part === "}" || part === "]";
    if (closes) depth--;
    // What is empty stays on its line.
    if (closes ? !opens(before) : before === "," || opens(before)) line();
    if (opens(part)) depth++;
    parts.push(part === ":" ? ": " : part);
    before = part;
  }
  return parts.join("");
}

const opens = (part: string): boolean => part === "{" || part === "[";
