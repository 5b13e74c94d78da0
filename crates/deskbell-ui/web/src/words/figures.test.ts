import { describe, expect, it } from "vitest";
import { isNear, kept, rate, scale, share, size } from "./figures";

describe("scale", () => {
  it("ends at a round number not below the most", () => {
    expect(scale(435, 1)).toEqual([0, 200, 400, 600]);
    expect(scale(0, 1)).toEqual([0, 0.5, 1]);
    expect(scale(5.9, 6)).toEqual([0, 2, 4, 6]);
    // What stands at a line is where the line is.
    for (const most of [1, 3, 7.5, 30, 99]) for (const line of scale(most, 1)) expect(Number(rate(line))).toBe(line);
  });
});

describe("share", () => {
  it("is never rounded up to all, nor down to none", () => {
    expect(share(1, 100_000)).toBe("<0.01 %");
    expect(share(99_999, 100_000)).toBe(">99.99 %");
    expect(share(5, 5)).toBe("100 %");
    expect(share(1, 3)).toBe("33.33 %");
    expect(share(0, 0)).toBe("0 %");
  });
});

describe("kept", () => {
  it("says of how much, where there is a quota", () => {
    expect(kept(48e6, null)).toBe("48 MB");
    expect(kept(9e9, 10e9)).toBe("9 GB of 10 GB, 90 %");
    expect([isNear(null), isNear(79.9), isNear(80)]).toEqual([false, false, true]);
  });
});

describe("size and rate", () => {
  it("have two digits at least and a unit", () => {
    expect([size(0), size(8_962_080), size(999_600), size(54e9)]).toEqual(["0 kB", "9 MB", "1 MB", "54 GB"]);
    expect([rate(0), rate(0.04), rate(2.25), rate(1234.4)]).toEqual(["0", "<0.1", "2.3", "1,234"]);
  });
});
