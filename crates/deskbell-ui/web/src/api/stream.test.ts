import { afterEach, describe, expect, test, vi } from "vitest";
import { event } from "../fake/objects";
import { FakeStream, pass, turn } from "../fake/stream";
import type { News } from "./news";

let server: FakeStream;
afterEach(() => {
  server.stream.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const happened = (id: string, creation_time = "2026-05-12T09:00:00Z"): News => ({
  kind: "event",
  data: event(id, { creation_time }),
});
const ids = () => server.news.map(({ data }) => data.id);

/** A stream that is live and was heard on for a while. */
async function live(): Promise<void> {
  server = new FakeStream();
  await turn();
  await server.line.send("1.1", happened("EVT-1"));
  await pass(6_000);
}

describe("a connection", () => {
  test("is live once it is open, and tells what comes in its order", async () => {
    server = new FakeStream();
    expect(server.state).toBe("connecting");
    await turn();
    expect(server.state).toBe("live");
    await server.line.send("1.1", happened("EVT-1"));
    await server.line.send("1.2", happened("EVT-2"));
    expect(ids()).toEqual(["EVT-1", "EVT-2"]);
    expect(server.lines.map(({ after }) => after)).toEqual([null]);
  });

  test("tells a message that comes in pieces once, when it is whole", async () => {
    server = new FakeStream();
    await turn();
    const text = `id: 1.1\nevent: event\ndata: ${JSON.stringify(event("EVT-1"))}\n\n`;
    await server.line.text(text.slice(0, 40));
    expect(ids()).toEqual([]);
    await server.line.text(text.slice(40));
    expect(ids()).toEqual(["EVT-1"]);
  });

  test("is dead when nothing comes for 35 seconds; a comment is something", async () => {
    server = new FakeStream();
    await turn();
    await pass(34_000);
    await server.line.text(": still here\n\n");
    await pass(34_999);
    expect([server.state, server.line.signal.aborted]).toEqual(["live", false]);
    await pass(1);
    expect([server.state, server.line.signal.aborted]).toEqual(["offline", true]);
  });

  test("that is stopped opens no other", async () => {
    await live();
    server.stream.stop();
    await pass(60_000);
    expect([server.lines.length, server.line.signal.aborted]).toEqual([1, true]);
  });
});

describe("a stream that falls behind", () => {
  test("is live again only when it says that it is less than a second behind", async () => {
    await live();
    await server.line.lag(12_000);
    expect(server.states.at(-1)).toEqual({ state: "behind", ms: 12_000 });
    await server.line.send("1.2", happened("EVT-2", new Date(Date.now()).toISOString()));
    await pass(20_000);
    expect(server.state).toBe("behind");
    await server.line.lag(1_000);
    expect(server.states.at(-1)).toEqual({ state: "behind", ms: 1_000 });
    await server.line.lag(999);
    expect(server.state).toBe("live");
  });

  test("says so from its first word on", async () => {
    server = new FakeStream("quiet");
    await pass(1_000);
    expect(server.state).toBe("connecting");
    await server.line.lag(3_000);
    expect(server.state).toBe("behind");
  });

  test("is not called live before the news that came with the word are told", async () => {
    await live();
    await server.line.lag(12_000);
    const order: string[] = [];
    server.onReport = (report) => order.push(Object.keys(report).join());
    const news = `id: 1.2\nevent: event\ndata: ${JSON.stringify(event("EVT-2"))}\n\n`;
    await server.line.text(`${news}event: lag\ndata: {"behind_ms":0}\n\n`);
    expect(order).toEqual(["news", "connection"]);
  });
});

describe("after a break", () => {
  test("the next connection goes on behind the last message", async () => {
    await live();
    await server.line.send("1.7", happened("EVT-7"));
    await server.line.end();
    expect(server.state).toBe("offline");
    await pass(1_000);
    expect(server.line.after).toBe("1.7");
    await server.line.end();
    await pass(2_000);
    expect(server.line.after).toBe("1.7");
  });

  test("it goes on where the stream began, when nothing had happened yet", async () => {
    server = new FakeStream();
    await turn();
    await server.line.text("id: 0.9\n\n");
    await server.line.end();
    await pass(1_000);
    expect(server.line.after).toBe("0.9");
  });

  test("the pauses double from one second to ten, and it says since when and until when", async () => {
    await live();
    server.meets = "nobody";
    server.reachable = false;
    const began = Date.now();
    await server.line.end();
    const pauses = [];
    for (let count = server.lines.length; pauses.length < 6; count++) {
      const state = server.states.at(-1);
      if (state?.state !== "offline") throw new Error(`${state?.state}`);
      expect(state.since).toBe(began);
      pauses.push(state.retryAt - Date.now());
      await pass(state.retryAt - Date.now() - 1);
      expect(server.lines.length).toBe(count);
      await pass(1);
      expect(server.lines.length).toBe(count + 1);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  test("a good connection makes the next pause short again, one that broke at once does not", async () => {
    await live();
    const pause = () => {
      const state = server.states.at(-1);
      return state?.state === "offline" ? state.retryAt - Date.now() : null;
    };
    await server.line.end();
    expect(pause()).toBe(1_000);
    await pass(1_000);
    await server.line.send("1.2", happened("EVT-2"));
    await server.line.end();
    expect(pause()).toBe(2_000);
    await pass(2_000);
    await server.line.send("1.3", happened("EVT-3"));
    await pass(5_001);
    await server.line.end();
    expect(pause()).toBe(1_000);
  });

  test("whoever hurries does not wait for the pause to end", async () => {
    await live();
    await server.line.end();
    server.stream.hurry();
    await turn();
    expect(server.lines.length).toBe(2);
  });

  test("a place that the server does not know any more is forgotten, and something was missed", async () => {
    await live();
    await server.line.end();
    server.meets = 400;
    await pass(1_000);
    expect([server.line.after, server.missed, server.state]).toEqual(["1.1", 1, "offline"]);
    server.meets = "open";
    await pass(2_000);
    expect([server.line.after, server.missed, server.state]).toEqual([null, 1, "live"]);
  });
});

describe("catching up", () => {
  async function back(): Promise<void> {
    await live();
    await server.line.end();
    await pass(1_000);
    expect(server.states.at(-1)).toEqual({ state: "catching-up", soFar: 0 });
  }

  test("counts what was missed until the stream says that it is through", async () => {
    await back();
    await server.line.send("1.2", happened("EVT-2"));
    await server.line.send("1.3", happened("EVT-3"));
    expect(server.states.at(-1)).toEqual({ state: "catching-up", soFar: 2 });
    await server.line.send("1.4", happened("EVT-4", new Date(Date.now() + 1_000).toISOString()));
    await pass(10_000);
    expect(server.states.at(-1)).toEqual({ state: "catching-up", soFar: 3 });
    await server.line.lag(0);
    expect(server.state).toBe("live");
    expect(ids()).toEqual(["EVT-1", "EVT-2", "EVT-3", "EVT-4"]);
    const told = server.states.length;
    await server.line.send("1.5", happened("EVT-5"));
    await pass(1_000);
    expect(server.states.length).toBe(told);
  });

  test("hears of the lag, and goes on with that", async () => {
    await back();
    await server.line.lag(50_000);
    await server.line.send("1.2", happened("EVT-2"));
    expect(server.states.at(-1)).toEqual({ state: "behind", ms: 50_000 });
    await server.line.lag(0);
    expect(server.state).toBe("live");
  });

  test("that breaks off is offline, not live", async () => {
    await back();
    await server.line.end();
    expect(server.state).toBe("offline");
    await pass(500);
    expect(server.state).toBe("offline");
  });
});

describe("a proxy that holds the stream back", () => {
  test("three connections without a byte lead to polling, every two seconds", async () => {
    server = new FakeStream("silent");
    await turn();
    expect(server.state).toBe("offline");
    await pass(1_000);
    expect([server.lines.length, server.state]).toEqual([2, "offline"]);
    await pass(2_000);
    expect(server.lines.length).toBe(3);
    expect(server.states.at(-1)).toEqual({ state: "polling", every: 2_000 });
    expect(server.missed).toBe(1);
    await pass(2_000);
    await pass(2_000);
    expect([server.missed, server.lines.length]).toEqual([3, 3]);
  });

  test("after a minute the stream is tried again", async () => {
    server = new FakeStream("silent");
    await pass(1_000);
    await pass(2_000);
    server.meets = "open";
    for (let second = 0; second < 60; second += 2) await pass(2_000);
    expect([server.missed, server.lines.length, server.state]).toEqual([30, 4, "live"]);
  });

  test("a server that cannot be reached at all is offline, not polled", async () => {
    server = new FakeStream("nobody");
    server.reachable = false;
    for (const pause of [1_000, 2_000, 4_000, 8_000]) await pass(pause);
    expect([server.missed, server.state]).toEqual([0, "offline"]);
  });

  test("polling ends when the server goes away", async () => {
    server = new FakeStream("silent");
    await pass(1_000);
    await pass(2_000);
    expect(server.state).toBe("polling");
    server.meets = "nobody";
    server.reachable = false;
    await pass(2_000);
    expect([server.missed, server.state]).toEqual([1, "offline"]);
  });

  test("a connection that was heard on starts the count anew", async () => {
    server = new FakeStream("silent");
    await turn();
    server.meets = "open";
    await pass(1_000);
    await server.line.text(": hello\n\n");
    server.meets = "silent";
    await server.line.end();
    await pass(2_000);
    await pass(4_000);
    expect([server.lines.length, server.state]).toEqual([4, "offline"]);
    await pass(8_000);
    expect([server.lines.length, server.state]).toEqual([5, "polling"]);
  });
});
