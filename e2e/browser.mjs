// Debian's Chromium, and a witness to everything in it that should never happen.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { TIMEOUT } from "./deskbell.mjs";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @param more further arguments of the browser's command line. */
export function launch(more = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [...ARGUMENTS, ...more],
    timeout: TIMEOUT,
  });
}

/** The three widths of the tests. */
export const SIZES = {
  390: { width: 390, height: 844 },
  1024: { width: 1024, height: 768 },
  1440: { width: 1440, height: 900 },
};
export const THEMES = ["light", "dark"];

/** What a browser's context did that it should not: errors, reports of the policy, other hosts, dialogs, scripts of strangers. */
export class Witness {
  faults = [];
  /** Every request: its URL and its referrer. */
  requests = [];

  constructor(context, origin) {
    const host = new URL(origin).host;
    context.on("console", (message) => {
      // Plain http under a name: the browser says that it leaves out one header, which is so for everybody there.
      const plain = message.text().startsWith("The Cross-Origin-Opener-Policy header has been ignored");
      if (message.type() === "error" && !plain)
        this.faults.push(`console: ${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (error) => this.faults.push(`error: ${error.error().stack}`));
    context.on("dialog", (dialog) => {
      this.faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    context.on("request", (request) => {
      this.requests.push({ url: request.url(), referrer: request.headers().referer });
      const url = new URL(request.url());
      if (["http:", "https:", "ws:", "wss:"].includes(url.protocol) && url.host !== host)
        this.faults.push(`other host: ${request.url()}`);
    });
  }

  /** Fails with everything that was seen since the last time. */
  holds(where) {
    const seen = this.faults.splice(0);
    assert.deepEqual(seen, [], `${where}: ${seen.length} faults`);
  }
}

/** A context with a witness, not signed in. */
export async function visitor(browser, origin, options = {}) {
  const context = await browser.newContext({
    viewport: SIZES[1440],
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "Europe/Dublin",
    ...options,
  });
  context.setDefaultTimeout(TIMEOUT);
  const witness = new Witness(context, origin);
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) =>
      console.error(
        `policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`,
      ),
    );
  });
  return { context, witness, page: await context.newPage() };
}

/** The same, signed in by the link of the start as it looks from `origin`, on the dashboard. */
export async function owner(browser, server, { origin = server.origin, ...options } = {}) {
  const made = await visitor(browser, origin, options);
  await made.page.goto(`${origin}${new URL(server.enter).pathname}${new URL(server.enter).search}`);
  await made.page.waitForSelector("[data-test=connection][data-state=live]");
  return made;
}

/** A call from within the page, with the session: what needs one. */
export function callInPage(page, method, path, body) {
  return page.evaluate(
    async ([method, path, body]) => {
      const headers = { "x-deskbell": "1", ...(body ? { "content-type": "application/json" } : {}) };
      const answer = await fetch(`./v2/${path}`, { method, headers, body: body && JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
      return answer.status === 204 ? null : answer.json();
    },
    [method, path, body],
  );
}

/** Answers to what the page asks at `path` are as `change` makes them. One that the page has left meanwhile is nobody's. */
export const altered = (page, path, change) =>
  page.route(path, async (route) => {
    try {
      const response = await route.fetch();
      await route.fulfill({ response, json: change(await response.json()) });
    } catch (error) {
      if (!/already handled|has been closed/.test(error.message)) throw error;
    }
  });
