import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeDocument, FakeServer, Refusal, settled } from "../fake/server";
import { Instance } from "./operator";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("it is asked every ten seconds while somebody looks, whatever the stream says", async () => {
  const page = new FakeDocument();
  const server = new FakeServer().on("GET operator", { headline: "All is well." });
  const instance = new Instance();
  await instance.load();
  instance.missed();
  await vi.advanceTimersByTimeAsync(20_000);
  expect([server.asked.length, instance.state.value?.headline]).toEqual([3, "All is well."]);
  page.turn(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.asked.length).toBe(3);
  page.turn(false);
  await settled();
  expect(server.asked.length).toBe(4);
});

test("what was known stays when it does not answer, with the time it was asked", async () => {
  new FakeDocument();
  const server = new FakeServer().on("GET operator", { headline: "All is well." });
  const instance = new Instance();
  await instance.load();
  const asked = instance.asked.value;
  server.on("GET operator", new Refusal(503, "unavailable"));
  await vi.advanceTimersByTimeAsync(10_000);
  expect([instance.state.value?.headline, instance.asked.value]).toEqual(["All is well.", asked]);
  expect(instance.error.value).toMatchObject({ status: 503 });
});

test("a range of time is asked for by its word", async () => {
  new FakeDocument();
  const server = new FakeServer().on("GET operator", { headline: "All is well." });
  await new Instance("week").load();
  expect(server.asked).toEqual(["GET operator?range=week"]);
});
