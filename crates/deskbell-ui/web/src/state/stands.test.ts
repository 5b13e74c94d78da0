import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { delivery } from "../fake/objects";
import { FakeDocument, FakeServer, list } from "../fake/server";
import { COUNTED, Stands } from "./stands";

let server: FakeServer;
beforeEach(() => {
  vi.useFakeTimers();
  new FakeDocument();
  server = new FakeServer();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const many = (count: number) => Array.from({ length: count }, (_, index) => delivery(`DLV-${index}`));

test("each stand is counted as far as a page reaches, and says when there are more", async () => {
  server.on("GET deliveries", (query: URLSearchParams) =>
    query.get("status") === "pending"
      ? list(many(3))
      : query.get("status")
        ? list(many(COUNTED), true)
        : { ...list([]), search: { scanned: 5_000, cursor: "DLV-1" } },
  );
  const stands = new Stands({ few: { status: "pending" }, many: { status: "failed" }, unknown: { q: "-status:x" } });
  await stands.load();
  expect(stands.counts.value).toEqual({ few: "3", many: "100+", unknown: "0+" });
});

test("what happens is counted anew, once in a while", async () => {
  server.on("GET deliveries", list([]));
  const stands = new Stands({ few: {} });
  await stands.load();
  for (let number = 0; number < 50; number++) stands.hear([{ kind: "delivery", data: delivery("DLV-1") }]);
  expect(server.asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(server.asked).toHaveLength(2);
});
