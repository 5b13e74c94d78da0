import { afterEach, expect, test, vi } from "vitest";
import { draw } from "../fake/hooks";
import { choose, news, tellings, useTelling } from "./telling";

vi.mock("preact/hooks", () => import("../fake/hooks"));
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

test("what was deleted is not told again", () => {
  vi.stubGlobal("document", { hidden: true });
  const said: string[] = [];
  vi.stubGlobal(
    "Notification",
    class extends EventTarget {
      constructor(_: string, { body }: { body: string }) {
        super();
        said.push(body);
      }
    },
  );
  tellings.value = { sound: false, notification: true };
  for (const [at, arrived] of [null, 50, 0, 51, 53].entries())
    draw(() => useTelling(arrived, "Front desk"), { fresh: at === 0 });
  tellings.value = { sound: false, notification: false };
  expect(said).toEqual(["A request came.", "2 requests came."]);
});

test("one tone is on at a time, also where the browser does not let it sound yet", async () => {
  const tones: { onended: () => void }[] = [];
  const gain = { setValueAtTime: () => undefined, exponentialRampToValueAtTime: () => undefined };
  vi.stubGlobal(
    "AudioContext",
    class {
      currentTime = 0;
      createOscillator() {
        const [connect, start, stop] = [(to: unknown) => to, () => undefined, () => undefined];
        const tone = { frequency: {}, connect, start, stop, onended: () => undefined };
        tones.push(tone);
        return tone;
      }
      createGain() {
        return { gain, connect: () => undefined };
      }
    },
  );
  for (let times = 0; times < 3; times++) await choose("sound", true);
  expect(tones.length).toBe(1);
  tones[0]?.onended();
  await choose("sound", true);
  expect(tones.length).toBe(2);
  await choose("sound", false);
});
