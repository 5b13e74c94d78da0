import { expect, test } from "vitest";
import { titleOf } from "./unread";

test("what arrived unseen stands before the title", () => {
  expect(titleOf(5, 2, "Front desk")).toBe("(3) Front desk");
  expect(titleOf(5, 5, "Front desk")).toBe("Front desk");
});
