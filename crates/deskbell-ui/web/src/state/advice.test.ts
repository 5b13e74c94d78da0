import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PlannedAnswer } from "../api/objects";
import { FakeDocument, FakeServer, Refusal } from "../fake/server";

vi.mock("./live", () => ({}));
const { Coach } = await import("./advice");

let server: FakeServer;
beforeEach(() => {
  vi.useFakeTimers();
  new FakeDocument();
  server = new FakeServer().on("POST coach", (_: unknown, { status }: PlannedAnswer) =>
    status < 100 ? new Refusal(400, "status_invalid") : { sentence: `on ${status}` },
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const said = (coach: InstanceType<typeof Coach>) => coach.advice.value.map((one) => one?.sentence);

test("each answer has its advice, and what is no answer has none", async () => {
  const coach = new Coach([{ status: 200 }, { status: 7 }], 150);
  await coach.load();
  expect(said(coach)).toEqual(["on 200", undefined]);
});

test("whoever types is asked about when there was a moment, and the old advice stands until then", async () => {
  const coach = new Coach([{ status: 204 }], 150);
  await coach.load();
  const asked = server.asked.length;
  for (const status of [4, 42, 429]) coach.ask([{ status }]);
  await vi.advanceTimersByTimeAsync(149);
  expect([said(coach), server.asked.length]).toEqual([["on 204"], asked]);
  await vi.advanceTimersByTimeAsync(1);
  expect([said(coach), server.asked.length]).toEqual([["on 429"], asked + 1]);
});

test("the same answer is asked about once", async () => {
  for (let time = 0; time < 3; time++) await new Coach([{ status: 503 }, { status: 503 }], 0).load();
  expect(server.count("POST coach")).toBe(1);
});
