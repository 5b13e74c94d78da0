// What was changed of a webhook stands on its page, by whomever it was changed (issue 13).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, owner } from "../browser.mjs";
import { Deskbell, until } from "../deskbell.mjs";

let server, browser, page, webhook, inbox;
before(async () => {
  server = await Deskbell.start();
  inbox = await server.call("POST", "inboxes", { name: "Old annexe", answers: [{ status: 410 }] });
  const url = `${inbox.url}?was=before`;
  webhook = await server.call("POST", "webhooks", { name: "CRM", url, events: ["booking"] });
  browser = await launch();
  ({ page } = await owner(browser, server));
  await page.goto(`${server.origin}/#/webhooks/${webhook.id}`);
  await page.waitForSelector("[data-test=history] time");
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const change = (patch) => server.call("PATCH", `webhooks/${webhook.id}`, patch);
const told = () => page.locator("[data-test=revision]").allInnerTexts();

test("one that was never changed was made", async () => {
  assert.deepEqual(await told(), []);
  assert.match(await page.textContent("[data-test=history]"), /What changed\s*Made/);
});

test("what a program and Deskbell changed is told, the newest first", async () => {
  await change({ name: "CRM sync", events: ["conversation", "booking.canceled"] });
  await change({ url: inbox.url });
  await server.call("POST", "events", { type: "booking.canceled", data: {} });
  await until("it is off", async () => (await server.call("GET", `webhooks/${webhook.id}`)).disabled_reason === "gone");
  await page.waitForSelector("[data-test=revision] >> nth=2");
  const [off, moved, other] = await told();
  assert.match(off, /^Turned off by Deskbell: the receiver answered 410\s/);
  assert.ok(moved.startsWith("Another address") && moved.includes("?was=before") && moved.includes(inbox.url), moved);
  for (const word of ["Renamed", "CRM sync", "Other triggers", "booking.canceled", "conversation"])
    assert.ok(other.includes(word), `${word} is not in ${other}`);
});

test("a sample is sent to one that is off, and it stays off", async () => {
  await page.waitForSelector("[data-test=sample]:has-text('Signed and tried once. The webhook stays off.')");
  await page.click("[data-test=send-sample]");
  await page.waitForSelector("[data-test=sample-result]:has-text('A sample turns nothing off')");
  assert.equal((await server.call("GET", `webhooks/${webhook.id}`)).status, false);
  assert.equal((await told()).length, 3);
});

test("what is changed on the page is told at once, and the rest when it is asked for", async () => {
  await page.click("[data-test=resume]");
  await page.waitForSelector('[data-test=revision] >> nth=0 >> text="Turned on"');
  await page.click("[data-test=pause]");
  await page.waitForSelector('[data-test=revision] >> nth=0 >> text="Paused"');
  assert.equal((await told()).length, 3);
  await page.click('[data-test=all-revisions]:has-text("2 more")');
  await page.waitForSelector("[data-test=revision] >> nth=4");
  assert.match(await page.textContent("[data-test=history]"), /Made/);
});

test("what a program changes while nothing is sent comes to the page by itself", async () => {
  await change({ name: "CRM of the north" });
  await page.waitForSelector('h1:has-text("CRM of the north")');
  await page.waitForSelector('[data-test=revision] >> nth=0 >> text="Renamed"');
});

test("long addresses stay in their place on a phone", async () => {
  await change({ url: `${inbox.url}?${"token".repeat(200)}` });
  await page.setViewportSize({ width: 360, height: 740 });
  await page.reload();
  await page.waitForSelector("[data-test=revision]");
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(over, 0);
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("one that was deleted elsewhere is said to be gone", async () => {
  await server.call("DELETE", `webhooks/${webhook.id}`);
  await page.waitForSelector("[data-test=no-webhook]:has-text('No such webhook')");
});
