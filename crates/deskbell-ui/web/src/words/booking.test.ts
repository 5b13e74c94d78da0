import { describe, expect, it } from "vitest";
import { booking } from "../fake/objects";
import { BOOKING_ACTIONS, guestOf, listed, worded } from "./booking";

describe("what the server allows", () => {
  const action = (name: string) => ({ name, allowed: true, reason: null, rings: ["booking.canceled"] });

  it("is shown in the server's order, with the page's words", () => {
    const found = worded([action("cancel"), action("approve")], BOOKING_ACTIONS);
    expect(found.map(({ name, word, form }) => [name, word, form?.asks])).toEqual([
      ["cancel", "Cancel", "reason"],
      ["approve", "Approve", undefined],
    ]);
    expect(found[0]).toMatchObject({ off: null, rings: ["booking.canceled"] });
  });

  it("is off with the server's reason", () => {
    const off = { ...action("cancel"), allowed: false };
    const reasons = worded([{ ...off, reason: "It is over." }, off], BOOKING_ACTIONS).map((one) => one.off);
    expect(reasons).toEqual(["It is over.", "This cannot be done now."]);
  });

  it("is left out where the page has no words for it", () => {
    expect(worded([action("split"), action("constructor")], BOOKING_ACTIONS)).toEqual([]);
  });
});

it("knows a guest without a form by their address", () => {
  const byForm = booking("BKNG-1");
  const byAdministrator = { form_submission: null, attendees: ["host@acc.example", "marta@fjall.example"] };
  expect([guestOf(byForm), guestOf(byAdministrator)]).toEqual(["Marta", "marta@fjall.example"]);
  expect(guestOf({ ...byAdministrator, attendees: [] })).toBe("");
});

it("lists names as a sentence does", () => {
  expect([listed([]), listed(["A"]), listed(["A", "B"]), listed(["A", "B", "C"])]).toEqual([
    "",
    "A",
    "A and B",
    "A, B and C",
  ]);
});
