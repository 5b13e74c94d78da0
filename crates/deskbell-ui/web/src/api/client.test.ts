import { expect, test, vi } from "vitest";
import { address, get, post, remove } from "./client";

test("an address is below the API, with the parameters that have a value", () => {
  expect(address("deliveries", { limit: 10, after: undefined, q: "a b" })).toBe("./v2/deliveries?limit=10&q=a+b");
  expect(address("booking-calendars/BKC-1/time-slots")).toBe("./v2/booking-calendars/BKC-1/time-slots");
});

test("an id that leads elsewhere is asked for nowhere", async () => {
  const asked = vi.fn();
  vi.stubGlobal("fetch", asked);
  for (const id of ["../../in/anon-x", "..", ".", "%2e%2e", "a?b", "a#b", "a\\b", "a//b", "", "é"]) {
    for (const call of [get, post, remove])
      await expect(call(`inboxes/${id}`), id).rejects.toMatchObject({ status: 404 });
  }
  expect(asked).not.toHaveBeenCalled();
});

test("what stands behind the hash has the parts that can be seen", async () => {
  vi.stubGlobal("location", { hash: "#/inboxes/..%2Fwebhooks%2FWHK-1/a%20b" });
  vi.stubGlobal("addEventListener", () => undefined);
  const { route } = await import("../state/route");
  expect(route.value.parts).toEqual(["..%2Fwebhooks%2FWHK-1", "a b"]);
});
