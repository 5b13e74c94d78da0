// The verdict on a delivery carries its fix: what happened with its particulars, why, what comes next, and the one thing that helps,
// all on one screen (issue 13).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, owner } from "../browser.mjs";
import { Deskbell, until } from "../deskbell.mjs";
import { Receivers } from "../receivers.mjs";
import { says, send } from "../steps.mjs";

const SETTINGS = {
  DESKBELL_DELIVERY__ALLOW_HTTP: "true",
  DESKBELL_DELIVERY__ALLOW_ADDRESSES: "127.0.0.1/32",
};
const MINUTE = 60_000;

let server, browser, page, witness;
const receivers = new Receivers();
before(async () => {
  server = await Deskbell.start({ settings: SETTINGS });
  browser = await launch();
  ({ page, witness } = await owner(browser, server));
});
after(async () => {
  await browser?.close();
  receivers.close();
  await server?.stop();
});

/** A webhook to there, and a delivery that was tried; its page is open. */
async function tried(name, url) {
  const webhook = await server.call("POST", "webhooks", { name, url, events: ["booking.scheduled"] });
  const delivery = await send(server, webhook, 1);
  await open(delivery);
  return { webhook, delivery };
}

async function open(id) {
  await page.goto("about:blank");
  await page.goto(`${server.origin}/#/deliveries/${id}`);
  await page.waitForSelector("[data-test=verdict]");
}

/** Nothing more is sent to it: the next test's events are not for it. The page that shows it would ask for it once more. */
async function leave(webhook) {
  await page.goto("about:blank");
  await server.call("DELETE", `webhooks/${webhook.id}`);
}

test("a redirect: where they moved to, and the new URL is used by one press", async () => {
  const there = await receivers.answering(200);
  const here = await receivers.answering(301, { location: there.url });
  const { webhook, delivery } = await tried("Moved away", here.url);
  await says(page, "verdict", /They moved to http:\/\/127\.0\.0\.1:\d+\/hook/);
  await says(page, "verdict", /Redirects are not followed.*It will be tried again at .*, in /);
  assert.equal(await page.textContent("[data-test=url]"), here.url, "the head shows the whole URL");
  assert.equal(await page.textContent("[data-test=new-url]"), there.url);
  await page.click("[data-test=use-url]");
  await page.waitForSelector("[data-test=detail][data-status=delivered]");
  assert.equal(there.got.length, 1);
  assert.equal((await server.call("GET", `webhooks/${webhook.id}`)).url, there.url);
  await says(page, "verdict", /Delivered on the second try/);
  assert.equal(await page.locator("[data-test=fix]").count(), 0, "nothing helps what arrived");
  assert.ok(delivery);
  await leave(webhook);
});

test("401: the doctor is open on the live delivery, and names what the code did wrong", async () => {
  const late = () => new Date(Date.now() + 12 * MINUTE).toUTCString();
  const strict = await receivers.open((response) => {
    response.sendDate = false;
    response.writeHead(401, { date: late() }).end('{"error":"bad signature"}');
  });
  const { webhook, delivery } = await tried("Strict", strict.url);
  await says(page, "verdict", /They answered 401 Unauthorized/);
  await says(page, "verdict", /Their clock is 1[12] min.* ahead of ours/);
  await page.waitForSelector("[data-test=answer] [data-test=doctor] [data-test=finding]");
  await says(page, "their-clock", /ahead of ours, by the Date of their answer/);
  await page.waitForSelector("[data-test=fix][data-fix=secret] [data-test=check-secret]");
  // What a handler sees that parses the body and writes it again.
  const rebuilt = JSON.stringify(JSON.parse(strict.got[0].body), null, 1);
  await page.fill("[data-test=doctor-value]", rebuilt);
  await page.click("[data-test=doctor-ask]");
  await page.waitForSelector("[data-test=finding][data-finding=rebuilt]");
  assert.doesNotMatch(await page.textContent("[data-test=finding]"), /\bcame\b/, "nobody knows what came there");
  assert.ok(delivery);
  await leave(webhook);
});

test("429: until when the webhook rests, and that nothing is sent before", async () => {
  const busy = await receivers.answering(429, { "retry-after": "600" });
  const { webhook } = await tried("Overrun", busy.url);
  await says(page, "verdict", /They answered 429 Too Many Requests/);
  await says(page, "rest", /Overrun rests until .* because it was overloaded or too slow/);
  const { resting_until } = await server.call("GET", `webhooks/${webhook.id}`);
  assert.ok(Date.parse(resting_until) > Date.now() + 5 * MINUTE);
  await leave(webhook);
});

test("a try by hand that takes its time: that it is under way, and then that it arrived", async () => {
  const held = [];
  const handler = await receivers.open((response, count) =>
    count === 1 ? response.writeHead(500).end() : held.push(response),
  );
  const { webhook } = await tried("Night porter", handler.url);
  await page.click("[data-test=retry]");
  await says(page, "verdict", /Sending.*Try 2 is under way/);
  await until("it came there", async () => held.length > 0);
  for (const response of held) response.writeHead(204).end();
  await page.waitForSelector("[data-test=detail][data-status=delivered]");
  await says(page, "verdict", /Delivered on the second try/);
  // One more, of what has arrived.
  held.length = 0;
  await page.click("[data-test=retry]");
  await says(page, "verdict", /Sending.*Try 3 is under way/);
  await until("it came there again", async () => held.length > 0);
  for (const response of held) response.writeHead(204).end();
  await says(page, "verdict", /Sent again since: 1 copy/);
  await leave(webhook);
});

test("410: it is off since then, and one press turns it on and sends what was called off", async () => {
  let status = 500;
  const handler = await receivers.open((response) => response.writeHead(status).end());
  const { webhook, delivery } = await tried("Gone away", handler.url);
  const other = await send(server, webhook, 1);
  status = 410;
  await server.call("POST", `deliveries/${other}/retry`);
  await says(page, "held", /Gone away is off since .*, because it answered 410/);
  await says(page, "verdict", /Called off at .*: Gone away was off/);
  assert.equal(await page.getAttribute("[data-test=retry]", "aria-disabled"), "true", "what is refused is not offered");
  await page.waitForSelector('[data-test=turn-on]:has-text("retry 2")');
  status = 200;
  await page.click("[data-test=turn-on]");
  await page.waitForSelector("[data-test=detail][data-status=delivered]");
  await until("the other one arrived too", async () => {
    const { status } = await server.call("GET", `deliveries/${other}`);
    return status === "delivered";
  });
  assert.ok(delivery);
  await leave(webhook);
});

test("paused: said with its time, and turned on again by one press", async () => {
  const handler = await receivers.answering(500);
  const { webhook } = await tried("On holiday", handler.url);
  await server.call("PATCH", `webhooks/${webhook.id}`, { status: false });
  await page.reload();
  await says(page, "held", /On holiday is paused since /);
  await says(page, "verdict", /Called off at .*: On holiday was paused/);
  await page.waitForSelector("[data-test=fix][data-fix=turn-on]");
  await leave(webhook);
});

test("nobody listens, and an address that may not be called: the URL can be changed there", async () => {
  const closed = await receivers.answering(200);
  closed.close();
  const { webhook } = await tried("Asleep", closed.url);
  await says(page, "verdict", /Nobody listens at 127\.0\.0\.1:\d+/);
  await page.click("[data-test=fix][data-fix=url] [data-test=change-url]");
  await page.waitForSelector("[data-test=dialog] input");
  await page.keyboard.press("Escape");
  await leave(webhook);
  witness.holds("reading verdicts");
});

test("a webhook and an inbox that were made elsewhere a moment ago are not called deleted, nor foreign", async () => {
  await page.goto(`${server.origin}/#/deliveries`);
  await page.waitForSelector("[data-test=delivery]");
  const inbox = await server.call("POST", "inboxes", { name: "Made elsewhere" });
  const webhook = await server.call("POST", "webhooks", {
    name: "Made elsewhere",
    url: inbox.url,
    events: ["booking"],
  });
  const id = await send(server, webhook, 1);
  await page.evaluate((id) => (location.hash = `#/deliveries/${id}`), id);
  await page.waitForFunction(() => document.querySelector(".detail-what")?.textContent.includes("Made elsewhere"));
  await says(page, "proof", /same bytes/);
  assert.doesNotMatch(await page.textContent("[data-test=detail]"), /deleted|not an inbox of ours/);
  await server.call("DELETE", `webhooks/${webhook.id}`);
  await page.reload();
  await page.waitForFunction(() => document.querySelector(".detail-what")?.textContent.includes("a deleted webhook"));
});
