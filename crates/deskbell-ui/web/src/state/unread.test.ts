import { afterEach, expect, test, vi } from "vitest";
import { draw } from "../fake/hooks";
import { FakeDocument, settled } from "../fake/server";
import { titleOf, useUnread } from "./unread";

vi.mock("preact/hooks", () => import("../fake/hooks"));
afterEach(() => vi.unstubAllGlobals());

test("what arrived unseen stands before the title", () => {
  expect(titleOf(5, 2, "Front desk")).toBe("(3) Front desk");
  expect(titleOf(5, 5, "Front desk")).toBe("Front desk");
});

test("what was deleted is not counted again", async () => {
  const page = Object.assign(new FakeDocument(), { title: "" });
  const titles: string[] = [];
  for (const [arrived, hidden] of [
    [50, false],
    [0, false],
    [51, true],
    [53, true],
  ] as const) {
    page.hidden = hidden;
    draw(() => useUnread(arrived, "Front desk"), { fresh: titles.length === 0 });
    await settled();
    titles.push(page.title);
  }
  expect(titles).toEqual(["Front desk", "Front desk", "(1) Front desk", "(3) Front desk"]);
});
