import { expect, test } from "vitest";
import type { Operator, UsageRow } from "../api/objects";
import { look, party, percent, since, webhooks } from "./usage";

const row = (more: Partial<UsageRow>): UsageRow => ({
  of: "account",
  account: "ACC-7Q2M4XK9PD",
  email: "ana@harbour.example",
  accounts: 1,
  webhooks: 8,
  ill: 0,
  slow: 0,
  writer_percent: 0,
  in_flight_percent: 0,
  readers_percent: 0,
  bytes_out_percent: 0,
  standing: "modest",
  about: "readers",
  sentence: "It takes little of what all share.",
  ...more,
});

test("a row says whose it is, and how many webhooks do not do well", () => {
  expect([party(row({})), webhooks(row({}))]).toEqual(["ana@harbour.example", "8 webhooks"]);
  expect(webhooks(row({ webhooks: 1, slow: 31, ill: 2 }))).toBe("1 webhook, 2 ill, 31 slow");
  expect(party(row({ email: null }))).toBe("ACC-7Q2M4XK9PD");
  const others = row({ of: "others", account: null, email: null, accounts: 1209, webhooks: 0 });
  expect([party(others), webhooks(others)]).toEqual(["1,209 other accounts", "no webhooks"]);
  expect(party({ ...others, accounts: 1 })).toBe("1 other account");
  expect(party(row({ of: "instance", accounts: 0 }))).toBe("Deskbell itself");
  expect(party(row({ email: "a\u202eb@harbour.example" }))).not.toContain("\u202e");
});

test("a share is never rounded down to nothing, nor up to all", () => {
  expect([0, 0.1, 1, 61.4, 99.4, 100].map(percent)).toEqual(["0 %", "<1 %", "1 %", "61 %", ">99 %", "100 %"]);
});

test("only what an account has much of stands out, amber where it is held back", () => {
  const greedy = row({ standing: "held_back", about: "in_flight" });
  expect([look(greedy, "in_flight"), look(greedy, "writer")]).toEqual(["wait", "plain"]);
  expect(look(row({ standing: "in_turn", about: "writer" }), "writer")).toBe("turn");
  for (const standing of ["modest", "alone", "a word of a newer server"])
    expect(look(row({ standing, about: "writer" }), "writer")).toBe("plain");
});

test("less than an hour is said", () => {
  const state = (uptime_seconds: number) =>
    ({ usage: { since: "2026-05-12T09:30:00.000Z", rows: [] }, uptime_seconds }) as unknown as Operator;
  expect(since(state(4_000))).toBe("in the last hour");
  expect(since(state(30))).toMatch(/^since the start at \d\d:\d\d$/);
});
