import { afterEach, expect, test, vi } from "vitest";
import { choose, news, tellings } from "./telling";

afterEach(() => vi.unstubAllGlobals());

test("what is said of arrivals, and nothing of what stood there before", () => {
  expect([news(3, null), news(3, 3), news(null, 3), news(1, 3)]).toEqual([null, null, null, null]);
  expect([news(4, 3), news(9, 3)]).toEqual(["A request came.", "6 requests came."]);
});

test("a notification is on only with the browser's leave", async () => {
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("Notification", { requestPermission: async () => "denied" });
  await expect(choose("notification", true)).rejects.toThrow("was told to show");
  expect(tellings.value.notification).toBe(false);
  const granted = Object.assign(
    vi.fn(function shown() {}),
    { requestPermission: async () => "granted" },
  );
  vi.stubGlobal("Notification", granted);
  await choose("notification", true);
  expect(tellings.value.notification).toBe(true);
  expect(granted).toHaveBeenCalledOnce();
  await choose("notification", false);
  vi.stubGlobal("isSecureContext", false);
  await expect(choose("notification", true)).rejects.toThrow("https");
});
