// Two small proxies between browser and server: one that can be cut like a cable, one that serves below a path.
import http from "node:http";
import net from "node:net";

const listening = (server) =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server.address().port));
  });

/** Passes bytes on; while it is cut, what is open breaks and nothing new connects. */
export class Cable {
  static async to(origin) {
    const cable = new Cable(new URL(origin));
    cable.port = await listening(cable.server);
    cable.origin = `http://127.0.0.1:${cable.port}`;
    return cable;
  }

  constructor(target) {
    this.whole = true;
    this.open = new Set();
    this.server = net.createServer((near) => {
      if (!this.whole) return near.destroy();
      const far = net.connect(Number(target.port), target.hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ]) {
        this.open.add(one);
        one.on("error", () => other.destroy());
        one.on("close", () => {
          this.open.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }

  cut() {
    this.whole = false;
    for (const socket of this.open) socket.resetAndDestroy();
  }

  mend() {
    this.whole = true;
  }

  close() {
    this.cut();
    this.server.close();
  }
}

/** Serves the program below `/hooks/`, as a reverse proxy does: the path loses its front, the rest stays. */
export async function below(origin, front = "/hooks") {
  const target = new URL(origin);
  const server = http.createServer((request, response) => {
    if (!request.url.startsWith(`${front}/`)) {
      response.writeHead(404).end();
      return;
    }
    const onward = {
      host: target.hostname,
      port: target.port,
      method: request.method,
      path: request.url.slice(front.length),
      headers: request.headers,
    };
    const passed = http.request(onward, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    response.on("close", () => passed.destroy());
    request.pipe(passed);
  });
  const port = await listening(server);
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { port, front, close };
}
