// What a first visit fetches: scripts of at most 60 kB and styles of at most 12 kB, gzipped (ui brief, 1).
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch } from "../browser.mjs";
import { Deskbell } from "../deskbell.mjs";
import { fetched, LIMITS } from "../sizes.mjs";

test("the first page fetches at most 60 kB of scripts and 12 kB of styles", async (t) => {
  const server = await Deskbell.start();
  t.after(() => server.stop());
  const browser = await launch();
  t.after(() => browser.close());
  const first = await fetched(browser, server, "./#/deliveries");
  t.diagnostic(`${first.script} bytes of scripts, ${first.stylesheet} of styles`);
  assert.ok(first.script > 0 && first.script <= LIMITS.script, `${first.script} bytes of scripts`);
  assert.ok(first.stylesheet > 0 && first.stylesheet <= LIMITS.stylesheet, `${first.stylesheet} bytes of styles`);
});
