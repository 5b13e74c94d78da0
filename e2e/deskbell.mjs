// The program under test: the real debug binary on a folder and a port of its own.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";

/** The figures of the build that is shipped are the product's; everything else is proved with the debug build. */
export const BINARY = process.env.DESKBELL_BINARY ?? new URL("../target/debug/deskbell", import.meta.url).pathname;
/** Longest wait for a thing to happen, or for work to go on, in milliseconds: only a broken build waits so long, on any machine. */
export const TIMEOUT = 180_000;

/** Calls of a test come faster than a person's; any name may reach the proxies of the tests. */
const SETTINGS = {
  DESKBELL_API__RATE_LIMIT: "off",
  DESKBELL_SERVER__HOSTS: "*",
  DESKBELL_INBOX__REQUESTS_PER_MINUTE: "0",
  DESKBELL_DELIVERY__RETRY_SCHEDULE: "hourly",
  DESKBELL_DASHBOARD__ANONYMOUS_TESTER: "true",
};

/** With `TESTS_ON=postgres` every program has a database of its own, in the cluster to which psql connects. */
const POSTGRES = process.env.TESTS_ON === "postgres";

/** Where a program keeps its rows, as its environment says it: nothing is in its folder. */
async function store(folder) {
  if (!POSTGRES) return {};
  const name = basename(folder).toLowerCase().replaceAll("-", "_");
  await promisify(execFile)("psql", ["-qc", `CREATE DATABASE ${name}`]);
  const { PGHOST, PGUSER } = process.env;
  return { DESKBELL_STORE: `postgres:///${name}?host=${encodeURIComponent(PGHOST)}&user=${PGUSER}` };
}

export class Deskbell {
  /** Starts with these settings above the tests' own; `bare` starts it as a stranger would, without any. */
  static async start({ settings = {}, bare = false } = {}) {
    const folder = await mkdtemp(join(tmpdir(), "deskbell-e2e-"));
    const kept = { PATH: process.env.PATH, ...(await store(folder)) };
    const env = { ...kept, DESKBELL_METRICS__LISTEN: "", ...(bare ? {} : SETTINGS), ...settings };
    const child = spawn(BINARY, ["serve", "--listen", "127.0.0.1:0", "--data", folder], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const server = new Deskbell(child, folder, kept);
    try {
      server.enter = await server.printed(/http:\/\/\S+\/enter\?token=\S+/);
      server.key = await server.printed(/\bdbk_[\w-]+/);
    } catch (error) {
      await server.stop();
      throw error;
    }
    server.origin = new URL(server.enter).origin;
    return server;
  }

  constructor(child, folder, kept) {
    this.child = child;
    this.folder = folder;
    this.kept = kept;
    this.text = "";
    this.exited = new Promise((resolve) => child.once("exit", resolve));
    this.heard = new Set();
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        this.text += text;
        for (const hear of this.heard) hear();
      });
    }
  }

  /** What the program prints, once it has. */
  printed(pattern) {
    return new Promise((resolve, reject) => {
      const end = (act, value) => {
        clearTimeout(timer);
        this.heard.delete(look);
        act(value);
      };
      const look = () => {
        const found = pattern.exec(this.text);
        if (found) end(resolve, found[0]);
      };
      const timer = setTimeout(() => end(reject, new Error(`${pattern} was not printed:\n${this.text}`)), TIMEOUT);
      this.heard.add(look);
      void this.exited.then(() => end(reject, new Error(`the program ended:\n${this.text}`)));
      look();
    });
  }

  /** One call of the API with the key: the answer's JSON. A refusal throws. */
  async call(method, path, body) {
    const answer = await this.ask(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 600)}`);
    return text ? JSON.parse(text) : null;
  }

  /** The same, whatever the answer. */
  ask(method, path, body) {
    const headers = { "API-Key": this.key, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    return fetch(`${this.origin}/v2/${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  /** Every object of a list, in its order. */
  async all(path) {
    const found = [];
    for (let after = ""; ; ) {
      const page = await this.call("GET", `${path}${path.includes("?") ? "&" : "?"}limit=100${after}`);
      found.push(...page.data);
      if (!page.has_more) return found;
      after = `&after=${page.data.at(-1).id}`;
    }
  }

  /** Another account of the same program, with a key of its own: it can be called as this one is. */
  async neighbour(email) {
    const run = (...command) => promisify(execFile)(BINARY, [...command, "--data", this.folder], { env: this.kept });
    await run("accounts", "create", email);
    const { stdout } = await run("keys", "create", "--account", email, "--name", "neighbour");
    const [key] = /\bdbk_[\w-]+/.exec(stdout);
    return Object.assign(Object.create(Deskbell.prototype), { origin: this.origin, key });
  }

  async stop() {
    this.child.kill("SIGKILL");
    await this.exited;
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * Asks until the answer is something. It fails, with a name, when `progress` stands still: a slow machine that goes on is none.
 *
 * @param progress a number that grows while there is something to wait for.
 */
export async function until(what, ask, progress = () => 0) {
  let [last, deadline] = [undefined, 0];
  for (;;) {
    const began = Date.now();
    const found = await ask();
    if (found) return found;
    const far = progress();
    if (far !== last) [last, deadline] = [far, Date.now() + TIMEOUT];
    if (Date.now() > deadline) throw new Error(`${what}: not yet, and nothing moved for ${TIMEOUT} ms`);
    // As long as the answer took: what is asked about needs the machine too.
    await new Promise((resolve) => setTimeout(resolve, Math.max(25, Date.now() - began)));
  }
}

/** Every delivery, once each was tried; at least so many. */
export async function allTried(server, least) {
  let tried = 0;
  return until(
    "every delivery was tried",
    async () => {
      const found = await server.all("deliveries");
      tried = found.filter((one) => one.attempts > 0 && !one.in_flight).length;
      return found.length >= least && tried === found.length && found;
    },
    () => tried,
  );
}
