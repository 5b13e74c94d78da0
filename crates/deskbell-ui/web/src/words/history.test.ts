import { expect, test } from "vitest";
import type { Change } from "../api/objects";
import { told } from "./history";

const status = (to: boolean, disabled_reason?: string) =>
  told({ field: "status", from: !to, to, disabled_reason } as Change).what;

test("each change is told by what happened", () => {
  expect(told({ field: "name", from: "CRM", to: "CRM sync" })).toEqual({
    what: "Renamed",
    values: ["CRM", "CRM sync"],
  });
  const from = ["booking", "conversation.started"] as const;
  expect(told({ field: "events", from, to: ["conversation.started", "booking.canceled"] })).toEqual({
    what: "Other triggers",
    added: ["booking.canceled"],
    removed: ["booking"],
  });
  expect(told({ field: "events", from, to: [from[1], from[0]] }).what).toBe("The same triggers in another order");
});

test("who or what turned a webhook off is told, also what a newer server knows", () => {
  expect(status(true)).toBe("Turned on");
  expect(status(false, "by_owner")).toBe("Paused");
  expect(status(false, "gone")).toBe("Turned off by Deskbell: the receiver answered 410");
  expect(status(false, "window_exhausted")).toMatch(/used up its tries/);
  expect(status(false, "of a newer server")).toBe("Turned off");
  expect(told({ field: "colour" } as unknown as Change).what).toBe("Changed");
});
