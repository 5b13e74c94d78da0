import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { capture } from "../fake/objects";
import { FakeDocument, FakeServer, later, list, Refusal, settled } from "../fake/server";
import { create, refused, Tester, token } from "./tester";

const INBOX = { id: "INB-1", url: "https://desk.example/in/anon-1", read_token: "INB-1.secret" };

let server: FakeServer;
beforeEach(() => {
  vi.useFakeTimers();
  new FakeDocument();
  vi.stubGlobal("history", { pushState: vi.fn() });
  server = new FakeServer().on("GET tester", INBOX).on("GET tester/requests", list([capture(2), capture(1)]));
  token.value = "";
  refused.value = null;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const numbers = (tester: Tester) => tester.captures.value.map(({ number }) => number);

test("what was there before is no news, what comes later is, and the chosen request stays", async () => {
  const tester = new Tester("INB-1.old");
  await tester.load();
  expect([numbers(tester), tester.fresh.size, tester.chosen.value]).toEqual([[2, 1], 0, "REQ-2"]);
  server.on("GET tester/requests", list([capture(3)]));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(server.asked.at(-1)).toBe("GET tester/requests?limit=50&before=REQ-2&wait=30");
  expect([numbers(tester), [...tester.fresh], tester.chosen.value]).toEqual([[3, 2, 1], ["REQ-3"], "REQ-2"]);
});

test("what went from the list is fresh no more", async () => {
  const tester = new Tester("INB-1.old");
  await tester.load();
  for (let number = 3; number <= 200; number++) {
    server.on("GET tester/requests", list([capture(number)]));
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect([numbers(tester).length, tester.fresh.size, tester.fresh.has("REQ-200")]).toEqual([50, 50, true]);
});

test("the address is known before anything arrives", async () => {
  const { answer, give } = later<unknown>();
  server.on("GET tester/requests", answer);
  const tester = new Tester("INB-1.old");
  const load = tester.load();
  await settled();
  expect(tester.inbox.value?.url).toBe(INBOX.url);
  give(list([]));
  await load;
});

test("a new address is opened by one call, and all that comes to it is news", async () => {
  server.on("POST tester", INBOX);
  await create();
  expect([token.value, vi.mocked(history.pushState).mock.calls[0]?.[2]]).toEqual([INBOX.read_token, "#INB-1.secret"]);
  const tester = new Tester(token.value);
  expect(tester.inbox.value?.url).toBe(INBOX.url);
  await tester.load();
  expect([server.count("GET tester"), tester.fresh.size]).toEqual([0, 2]);
});

test("one that is refused says why", async () => {
  server.on("POST tester", new Refusal(429, "rate_limited"));
  await create();
  expect([token.value, refused.value]).toMatchObject(["", { code: "rate_limited" }]);
});

test("the first look goes to this page's own server, wherever the address says it is", async () => {
  server.on("GET tester", { ...INBOX, url: "https://desk.example/below/in/anon-1" }).on("POST ./in/anon-1", {});
  const tester = new Tester("INB-1.old");
  await tester.load();
  await tester.ring();
  expect([server.count("POST ./in/anon-1"), refused.value]).toEqual([1, null]);
});

test("an address that has ended is asked for no more", async () => {
  const tester = new Tester("INB-1.old");
  await tester.load();
  server.on("GET tester/requests", new Refusal(401, "token_invalid"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect([tester.ended.value, tester.offline.value]).toEqual([true, false]);
  const asked = server.asked.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.asked.length).toBe(asked);
});

test("while the server is out of reach it says so, and tries every three seconds", async () => {
  const tester = new Tester("INB-1.old");
  await tester.load();
  server.on("GET tester/requests", new Refusal(503, "unavailable"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(tester.offline.value).toBe(true);
  server.on("GET tester/requests", list([]));
  await vi.advanceTimersByTimeAsync(2_999);
  expect(tester.offline.value).toBe(true);
  await vi.advanceTimersByTimeAsync(1);
  expect([tester.offline.value, numbers(tester)]).toEqual([false, [2, 1]]);
});

test("a newest request that is kept no more has all of them read again", async () => {
  const tester = new Tester("INB-1.old");
  await tester.load();
  server.on("GET tester/requests", new Refusal(400, "cursor_invalid"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(tester.offline.value).toBe(false);
  server.on("GET tester/requests", list([capture(9)]));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(numbers(tester)).toEqual([9]);
});
