// The shared worker: one stream for all tabs of this browser, since browsers allow six connections to an origin in all.
import { paced } from "./pace";
import { type Connection, type Report, Stream } from "./stream";

const ports = new Set<MessagePort>();
let connection: Connection = { state: "connecting" };
let stream: Stream | undefined;

function tell(report: Report): void {
  if ("connection" in report) connection = report.connection;
  for (const port of ports) port.postMessage(report);
}

addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0];
  if (!port) return;
  ports.add(port);
  port.onmessage = ({ data }: MessageEvent<{ url: string } | "hurry" | "bye">) => {
    if (data === "hurry") stream?.hurry();
    else if (data === "bye") {
      ports.delete(port);
      if (ports.size === 0) {
        stream?.stop();
        stream = undefined;
      }
    } else if (stream) {
      port.postMessage({ connection } satisfies Report);
    } else {
      // What one that was stopped still has to tell is nobody's any more.
      const mine: Stream = new Stream(
        data.url,
        paced((report) => stream === mine && tell(report)),
      );
      stream = mine;
      void mine.run();
    }
  };
});
