import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeDocument, FakeServer } from "../fake/server";
import { importEvents } from "./imports";

beforeEach(() => void new FakeDocument());
afterEach(() => vi.unstubAllGlobals());

test("what was pasted is sent as it is", async () => {
  new FakeServer().on("POST sandbox/import", { object: "list", data: [{ booking: "BKNG-1" }] });
  const sent = vi.spyOn(globalThis, "fetch");
  const text = '{"amount": 1.50}\n';
  expect(await importEvents(text)).toEqual([{ booking: "BKNG-1" }]);
  expect(sent.mock.calls[0]?.[1]?.body).toBe(text);
});
