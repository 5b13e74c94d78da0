import { expect, test } from "vitest";
import { capture } from "../fake/objects";
import { signed } from "./capture";

test("what is none of ours is judged by the secret that its inbox was given", () => {
  const word = (signature: string | null) => signed(capture(1, { signature })).word;
  expect(["valid", "mismatch", "malformed", "missing", null].map(word)).toEqual([
    "verified",
    "does not verify",
    "malformed",
    "unsigned",
    "unsigned",
  ]);
});
