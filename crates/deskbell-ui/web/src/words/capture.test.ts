import { expect, test } from "vitest";
import { capture } from "../fake/objects";
import { matches, signed } from "./capture";

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

test("a request is found by its method, path, headers and body, and bytes by the text in them", () => {
  const one = capture(1, {
    method: "PUT",
    path: "/lobby?floor=3",
    headers: [{ name: "X-Bell", value: "Brass" }] as never,
    body: btoa("\u0000Hello"),
    body_encoding: "base64",
  });
  for (const letters of ["put", "FLOOR=3", "x-bell: brass", " hello "]) expect(matches(one, letters)).toBe(true);
  expect(matches(one, "silver")).toBe(false);
});
