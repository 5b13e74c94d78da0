// The anonymous tester: what comes is shown at once, and the token that reads it is told to nobody (H-12).
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch, visitor } from "../browser.mjs";
import { Deskbell } from "../deskbell.mjs";

test("a stranger sees what arrives, and the read token leaves the page in one header alone", async (t) => {
  const server = await Deskbell.start({ settings: { DESKBELL_DASHBOARD__ANONYMOUS_TESTER: "true" } });
  t.after(() => server.stop());
  const browser = await launch();
  t.after(() => browser.close());
  const { page, witness } = await visitor(browser, server.origin);

  await page.goto(`${server.origin}/sign-in`);
  await page.click("text=Use the tester without an account");
  const url = await page.textContent("[data-test=tester-url]");
  await page.click("[data-test=ring]");
  await page.waitForSelector("[data-test=capture]");
  const body = '{"__proto__":{"polluted":1},"constructor":2,"note":"<img src=x>"}';
  assert.equal((await fetch(`${url}/below`, { method: "POST", body })).status, 200);
  await page.waitForFunction(() => document.querySelectorAll("[data-test=capture]").length === 2);
  await page.locator("[data-test=capture]").first().click();
  await page.click("[data-test=tab-raw]");
  assert.equal(await page.textContent("[data-test=raw]"), body);

  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll("[data-test=capture]").length === 2);
  assert.equal(await page.textContent("[data-test=tester-url]"), url, "the fragment keeps it");

  const secret = new URL(page.url()).hash.split(".")[1];
  assert.ok(secret.length > 40, page.url());
  const told = witness.requests.filter(({ url, referrer }) => `${url} ${referrer}`.includes(secret));
  assert.deepEqual(told, [], "H-12: no address and no referrer has it");
  assert.ok(!server.text.includes(secret), "H-12: nor has the log");
  witness.holds("the anonymous tester");
});

test("an address that has ended says so, and leads to a new one", async (t) => {
  const server = await Deskbell.start({ settings: { DESKBELL_DASHBOARD__ANONYMOUS_TESTER: "true" } });
  t.after(() => server.stop());
  const browser = await launch();
  t.after(() => browser.close());
  const { page } = await visitor(browser, server.origin);
  await page.goto(`${server.origin}/tester#INB-0000000000.none`);
  await page.waitForSelector("[data-test=ended]");
  await page.click("[data-test=another]");
  await page.waitForSelector("[data-test=tester-url]");
});
