import { expect, test } from "vitest";
import { attempt } from "../fake/objects";
import { cause, clockAhead, follows, isOut, movedTo, within } from "./cause";

const URL = "https://hooks.example.org/in";
const TIMINGS = { reused_connection: false, total_us: 15_003_000 };
const failed = (outcome: string, more: Partial<Parameters<typeof attempt>[1]> = {}) =>
  attempt("ATT-1", {
    outcome,
    timings: TIMINGS,
    request: { method: "POST", url: URL, address: "192.0.2.7:443", headers: [] },
    ...more,
  });
const answer = (status_code: number, headers: (readonly [string, string])[] = []) => ({
  status_code,
  headers,
  body: "",
  body_encoding: "utf8",
  body_truncated: false,
  body_incomplete: false,
});

test("a cause has its particulars: who, when, how long", () => {
  const said = (outcome: string, more = {}) => cause(failed(outcome, more));
  expect(said("dns_not_found")).toBe("hooks.example.org does not exist");
  expect(said("head_timeout")).toBe("They did not answer within 15 s");
  expect(said("connect_refused")).toBe("Nobody listens at 192.0.2.7:443");
  expect(said("tls_name_mismatch")).toBe("Their certificate is not for hooks.example.org");
  const detail = "The receiver's certificate, or one of its chain, expired on 2025-04-01T00:00:00Z.";
  expect(said("tls_expired", { detail })).toBe("Their certificate expired on 1 April 2025");
  expect(said("tls_expired")).toBe("Their certificate has expired");
  expect(said("http_status", { response: answer(401) })).toBe("They answered 401 Unauthorized");
  expect(said("a_new_one", { detail: "It is new." })).toBe("It is new");
});

test("what ran out of time is said of the phase that did", () => {
  const timed = (more: object) => cause(failed("total_timeout", { timings: { ...TIMINGS, ...more } }));
  expect(timed({})).toBe("192.0.2.7:443 took no connection within 15 s");
  expect(timed({ connect_us: 10, tls_us: 10 })).toBe("192.0.2.7:443 took no connection within 15 s");
  expect(timed({ connect_us: 10, head_us: 10 })).toBe("They did not answer within 15 s");
});

test("nothing left us where nothing was dialled", () => {
  expect(isOut(failed("dns_not_found"))).toBe(false);
  expect(isOut(failed("address_blocked"))).toBe(false);
  expect(isOut(failed("tls_expired", { timings: { ...TIMINGS, connect_us: 10 } }))).toBe(false);
  expect(isOut(failed("head_timeout", { timings: { ...TIMINGS, connect_us: 10, head_us: 10 } }))).toBe(true);
  expect(isOut(failed("lost", { possibly_received: true }))).toBe(true);
});

test("where they moved to is an address that can be called", () => {
  const moved = (location: string, status = 301) =>
    failed("redirect_refused", { response: answer(status, [["Location", location]]) });
  expect(movedTo(moved("/v2?a=1"))).toBe("https://hooks.example.org/v2?a=1");
  expect(cause(moved("/v2"))).toBe("They moved to https://hooks.example.org/v2");
  expect(cause(moved("/v2", 302))).toBe("They send us on to https://hooks.example.org/v2");
  expect(movedTo(moved("javascript:alert(1)"))).toBeNull();
  expect(movedTo(moved("http://hooks.example.org/"))).toBeNull();
  expect(movedTo(failed("redirect_refused", { response: answer(301) }))).toBeNull();
  expect(follows(moved("/v2"))).toContain("Redirects are not followed");
});

test("a clock is told by the Date of an answer, and not by that of a cache", () => {
  const date = (value: string, ...more: (readonly [string, string])[]) =>
    clockAhead(
      attempt("ATT-1", {
        started_time: "2026-05-06T13:00:00.000Z",
        timings: { reused_connection: true, head_us: 400_000, total_us: 400_000 },
        response: answer(401, [["date", value], ...more]),
      }),
    );
  expect(date("Wed, 06 May 2026 13:07:12 GMT")).toBe(432_000);
  expect(date("Wed, 06 May 2026 13:00:00 GMT")).toBe(0);
  expect(date("Wed, 06 May 2026 12:50:00 GMT")).toBe(-600_000);
  expect(date("Wed, 06 May 2026 12:50:00 GMT", ["Age", "600"])).toBeNull();
  expect(date("yesterday")).toBeNull();
});

test("within a sentence only a word of ours begins small", () => {
  expect(within("They did not answer")).toBe("they did not answer");
  expect(within("Hooks.example does not exist")).toBe("Hooks.example does not exist");
});
