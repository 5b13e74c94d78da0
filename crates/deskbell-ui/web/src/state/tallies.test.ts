import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { delivery } from "../fake/objects";
import { FakeServer, later, list, settled } from "../fake/server";
import { Tallies } from "./tallies";

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
});
afterEach(() => vi.unstubAllGlobals());

test("each subject that is shown is counted, by what became of its deliveries", async () => {
  server.on("GET deliveries", (query: URLSearchParams) => {
    const subject = query.get("subject");
    const states = subject === "A" ? ["delivered", "delivered", "pending", "failed"] : [];
    return list(states.map((status, index) => delivery(`DLV-${subject}${index}`, { subject, status })));
  });
  const tallies = new Tallies();
  tallies.want(["A", "B"]);
  await settled();
  expect(tallies.all.value.get("A")).toEqual({ rang: 4, arrived: 2, open: 1, over: 1 });
  expect(tallies.all.value.get("B")).toBeUndefined();
  expect([...tallies.known.value]).toEqual(["A", "B"]);
});

test("four are asked about at once, and each of them once", async () => {
  const open: (() => void)[] = [];
  server.on("GET deliveries", () => {
    const { answer, give } = later<unknown>();
    open.push(() => give(list([])));
    return answer;
  });
  const tallies = new Tallies();
  tallies.want(["A", "B", "C", "D", "E", "F"]);
  tallies.want(["A", "F"]);
  await settled();
  expect(open.length).toBe(4);
  open[0]?.();
  await settled();
  expect(open.length).toBe(5);
  for (const give of open) give();
  await settled();
  for (const give of open) give();
  await settled();
  expect([open.length, tallies.known.value.size]).toEqual([6, 6]);
});

test("what the stream told meanwhile is newer than the answer", async () => {
  const { answer, give } = later<unknown>();
  server.on("GET deliveries", answer);
  const tallies = new Tallies();
  tallies.want(["A"]);
  tallies.hear([
    { kind: "delivery", data: delivery("DLV-1", { subject: "A", status: "delivered", attempts: 1 }) },
    { kind: "delivery", data: delivery("DLV-9", { subject: "Z" }) },
  ]);
  give(list([delivery("DLV-1", { subject: "A", attempts: 0 })]));
  await settled();
  expect([...tallies.all.value]).toEqual([["A", { rang: 1, arrived: 1, open: 0, over: 0 }]]);
});

test("after something was missed all of them are asked about anew", async () => {
  server.on("GET deliveries", list([]));
  const tallies = new Tallies();
  tallies.want(["A", "B"]);
  await settled();
  tallies.missed();
  await settled();
  expect(server.count("GET deliveries")).toBe(4);
});
