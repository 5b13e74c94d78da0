import { expect, test } from "vitest";
import { capture } from "../fake/objects";
import { gist, matches, noteTooLong, signed } from "./capture";

test("what is none of ours is judged by the secret that its inbox was given", () => {
  const word = (signature: string | null) => signed(capture(1, { signature })).word;
  expect(["valid", "mismatch", "malformed", "missing", null].map(word)).toEqual([
    "verified",
    "does not verify",
    "malformed",
    "unsigned",
    "",
  ]);
});

test("a signature that nobody checks is not called missing", () => {
  const said = signed(capture(1, { headers: [{ name: "Oncehub-Signature", value: "t=1,s=2" }] as never }));
  expect(said).toMatchObject({ tone: "quiet", word: "not checked" });
  expect(said.sentence).toContain("Oncehub-Signature is not checked");
  expect(signed(capture(1)).sentence).not.toMatch(/signature/i);
});

test("a request is found by its note, method, path, headers and body, and bytes by the text in them", () => {
  const one = capture(1, {
    method: "PUT",
    path: "/lobby?floor=3",
    headers: [{ name: "X-Bell", value: "Brass" }] as never,
    body: btoa("\u0000Hello"),
    body_encoding: "base64",
    note: "Ask Priya",
  });
  for (const letters of ["put", "FLOOR=3", "x-bell: brass", " hello ", "ask priya"])
    expect(matches(one, letters)).toBe(true);
  expect(matches(one, "silver")).toBe(false);
});

test("a body whose first letters tell nothing is told by what it is", () => {
  const raw = (bytes: number[], more = {}) =>
    gist(
      capture(1, {
        body: btoa(String.fromCharCode(...bytes)),
        body_encoding: "base64",
        body_bytes: bytes.length,
        ...more,
      }),
    );
  expect(raw([0, 1, 2])).toBe("3 bytes that are no text");
  expect(raw([0xff, 0xd8, 0xff, 0xe0])).toBe("image/jpeg, 4 bytes");
  const headers = [{ name: "Content-Type", value: "text/plain; charset=iso-8859-1" }] as never;
  expect(raw([0x63, 0x61, 0x66, 0xe9, 0x20], { headers })).toBe("café ");
  expect(gist(capture(1, { body: "a=1", body_bytes: 3 }))).toBe("a=1");
});

test("a note is counted as the server counts it", () => {
  expect(noteTooLong(` ${"\u{1f514}".repeat(500)} \n`)).toBeNull();
  expect(noteTooLong("n".repeat(501))).toBe("It has 501 characters; a note has at most 500.");
});
