// What happens, as it happens: one stream for the whole browser, and the words for its state.
//
// With a shared worker, the worker holds the stream. Without one, the tabs elect a leader by a lock; it reads, and tells the
// others over a broadcast channel.
import { signal } from "@preact/signals";
import type { News } from "../api/news";
import { paced } from "../api/pace";
import { type Connection, type Report, Stream } from "../api/stream";
import workerFile from "../api/worker.ts?sharedworker&url";

export const connection = signal<Connection>({ state: "connecting" });
/** The reader holds what arrives: lists keep it back until they let go. */
export const paused = signal(false);
/** How much the list in sight keeps back, in words; empty for nothing. */
export const waiting = signal("");

type Hear = (news: readonly News[]) => void;
const hearers = new Set<Hear>();
const missers = new Set<() => void>();

/** Hears everything that happens, in order, in batches; returns how to stop. */
export function onNews(hear: Hear): () => void {
  hearers.add(hear);
  return () => hearers.delete(hear);
}

/** Is called when the stream cannot tell what happened; returns how to stop. */
export function onMissed(miss: () => void): () => void {
  missers.add(miss);
  return () => missers.delete(miss);
}

function take(report: Report): void {
  if ("news" in report) for (const hear of hearers) hear(report.news);
  else if ("missed" in report) for (const miss of missers) miss();
  else {
    const { state } = report.connection;
    const began = connection.peek().state === "connecting" && (state === "live" || state === "behind");
    connection.value = report.connection;
    // What happened between a screen's first answer and the stream's first word would be missed.
    if (began) for (const miss of missers) miss();
  }
}

/** The one script that is named by its address, and the policy that lets the page name it and no other. */
const script = new URL(workerFile, location.href).href;
const policy = (
  globalThis as {
    trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(url: string): string } };
  }
).trustedTypes?.createPolicy("deskbell", {
  createScriptURL: (url: string) => {
    if (url !== script) throw new TypeError("Only the worker of the stream is a script.");
    return url;
  },
});

/** Begins to listen; once, at the start of the page. */
export function listen(): void {
  const url = new URL("./v2/stream", location.href).href;
  let hurry: () => void;
  if ("SharedWorker" in window) {
    const worker = new SharedWorker(policy ? policy.createScriptURL(script) : script, {
      type: "module",
      name: "deskbell",
    });
    worker.port.onmessage = ({ data }: MessageEvent<Report>) => take(data);
    worker.port.postMessage({ url });
    hurry = () => worker.port.postMessage("hurry");
    addEventListener("pagehide", () => worker.port.postMessage("bye"));
    // A page that comes back from the browser's cache is a page without a stream: begin anew.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  } else {
    hurry = lead(url);
  }
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", () => document.hidden || hurry());
}

function lead(url: string): () => void {
  const channel = new BroadcastChannel("deskbell");
  let stream: Stream | undefined;
  // Each page for itself: a hidden one's timers are slow.
  const hear = paced(take);
  let newest: Connection = connection.peek();
  channel.onmessage = ({ data }: MessageEvent<Report | "state?">) => {
    if (data !== "state?") hear(data);
    else if (stream) channel.postMessage({ connection: newest } satisfies Report);
  };
  channel.postMessage("state?");
  void navigator.locks.request("deskbell.stream", () => {
    stream = new Stream(url, (report) => {
      if ("connection" in report) newest = report.connection;
      hear(report);
      channel.postMessage(report);
    });
    return stream.run();
  });
  return () => stream?.hurry();
}
