import { expect, test } from "vitest";
import { attempt } from "../fake/objects";
import { overloads } from "./overload";

const NOW = Date.parse("2026-05-12T10:00:10Z");
const answered = (status_code: number, more: { sample?: boolean } = {}) =>
  attempt(`ATT-${status_code}`, {
    ...more,
    outcome: status_code < 300 ? "delivered" : "http_status",
    response: {
      status_code,
      headers: [],
      body: "",
      body_encoding: "utf8",
      body_incomplete: false,
      body_truncated: false,
    },
  });
const slow = attempt("ATT-0", { outcome: "head_timeout" });

test("which answers said too much, how often, and when last", () => {
  expect(overloads([answered(503), answered(200), answered(503), answered(503)], NOW)).toMatch(
    /^it answered 503 3 times, the last at /,
  );
  expect(overloads([answered(429)], NOW)).toMatch(/^it answered 429 once, at /);
  for (const outcome of ["connect_timeout", "tls_timeout", "write_timeout", "total_timeout"])
    expect(overloads([attempt("ATT-0", { outcome })], NOW)).toMatch(/^it was too slow once, at /);
  expect(overloads([slow, answered(503)], NOW)).toMatch(/^it was too slow once and answered 503 once, the last at /);
});

test("what is no overload, or a test, is not counted", () => {
  expect(overloads([answered(500), answered(200), answered(503, { sample: true })], NOW)).toBeNull();
  expect(overloads([attempt("ATT-0", { outcome: "dns_timeout" })], NOW)).toBeNull();
  expect(overloads([], NOW)).toBeNull();
});
