import { expect, test } from "vitest";
import { type Json, member, parse, pretty, unquoted } from "./json";

/** As it was written, without the white space. */
function written(value: Json): string {
  if (!("members" in value)) return value.source;
  const members = value.members.map(
    ({ name, value }) => (name === null ? "" : `${JSON.stringify(name)}:`) + written(value),
  );
  return value.kind === "list" ? `[${members}]` : `{${members}}`;
}

const KEPT = [
  "154284075601887489",
  "12.0",
  "1.50",
  "-0",
  "1E+5",
  "1e-7",
  "36893488147419103233",
  '{"b":1,"a":2,"10":3,"2":4}',
  '{"a":1,"a":2}',
  '{"__proto__":{"polluted":true},"constructor":1}',
  "[]",
  "{}",
  '[[],{},[{"a":[]}]]',
  '"a\\\\"',
  '"say \\"hi\\", {ok}: [1]"',
  '{"a\\\\":"b","":null}',
  "true",
];

test("a value keeps its digits, names their order, and one that stands twice stays", () => {
  for (const text of KEPT) {
    expect(written(parse(text))).toBe(text);
    expect(pretty(text).replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
    expect(JSON.parse(pretty(text))).toEqual(JSON.parse(text));
  }
});

test("a name that stands twice is told from the others", () => {
  const doubles = (text: string) => {
    const value = parse(text);
    return "members" in value ? value.members.map(({ double }) => double) : [];
  };
  expect(doubles('{"a":1,"b":2,"\\u0061":3}')).toEqual([true, false, true]);
  expect(doubles("[1,1]")).toEqual([false, false]);
});

test("a value is found by its name, and of two the last", () => {
  const value = parse(' { "id" : 1 , "data" : { "n" : 12.0 } , "id" : 2 } ');
  expect(member(value, "data")?.source).toBe('{ "n" : 12.0 }');
  expect(member(value, "id")?.source).toBe("2");
  expect(member(value, "none")).toBeUndefined();
  expect(unquoted('"Zo\\u00eb \\"\\\\"')).toBe('Zoë "\\');
});

test("what is no JSON is refused as the browser refuses it, and stays as it is", () => {
  for (const text of ["", "{", '{"a":01}', '"\u0001"', "{'a':1}", "[1,]", "1 2", "\ufeff{}"]) {
    expect(() => parse(text)).toThrow();
    expect(pretty(text)).toBe(text);
  }
});

test("a hundred thousand levels and a text of megabytes take no stack", () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  expect(parse(deep).kind).toBe("list");
  expect(pretty(deep).length).toBeGreaterThan(deep.length);
  const long = JSON.stringify('\\"'.repeat(1_000_000));
  expect(parse(long)).toEqual({ kind: "text", source: long });
});

test("it is written a line a member, and what is empty stays on its line", () => {
  expect(pretty('{"n":12.0,"list":[1,{}],"none":[]}')).toBe(
    '{\n  "n": 12.0,\n  "list": [\n    1,\n    {}\n  ],\n  "none": []\n}',
  );
});
