// How much a page fetches, gzipped as most proxies would.
import { gzipSync } from "node:zlib";
import { owner } from "./browser.mjs";

/** In bytes, gzipped. */
export const LIMITS = { script: 60_000, stylesheet: 12_000 };

/** The bytes of scripts and of styles that opening an address fetches, shared worker and all. */
export async function fetched(browser, server, address) {
  const { page, context } = await owner(browser, server);
  await page.goto("about:blank");
  await page.goto(new URL(address, server.origin).href);
  await page.waitForSelector("[data-test=connection][data-state=live]");
  const files = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  await context.close();
  const sum = { script: 0, stylesheet: 0, files: [] };
  for (const url of new Set(files)) {
    const kind = { js: "script", css: "stylesheet" }[new URL(url).pathname.split(".").at(-1)];
    if (!kind) continue;
    const bytes = gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer()), { level: 9 }).length;
    sum[kind] += bytes;
    sum.files.push({ kind, bytes, name: new URL(url).pathname.split("/").at(-1) });
  }
  return sum;
}
