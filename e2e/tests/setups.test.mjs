// Fifteen set-ups that are broken in the ways in which they break: for each, what happened, why, and what comes next stand on one
// screen, at most three clicks from the list of deliveries (issue 13). A redirect, a handler that was paused or answered 410 or 429,
// and what is pressed there, stand in `verdict.test.mjs` too.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { launch, owner } from "../browser.mjs";
import { Deskbell, until } from "../deskbell.mjs";
import { Authority, nameServer, Receivers } from "../receivers.mjs";
import { says, send } from "../steps.mjs";

const CLICKS = 3;
const EXPIRED = new Date("2025-04-01T12:00:00Z");

const receivers = new Receivers();
let authority, names, server, hasty, browser, page, witness, clicks;
before(async () => {
  authority = await Authority.make();
  names = await nameServer({ "hooks.corrib.example": "127.0.0.1", "hooks.inside.example": "10.0.0.7" });
  const settings = {
    DESKBELL_DELIVERY__ALLOW_HTTP: "true",
    DESKBELL_DELIVERY__ALLOW_ADDRESSES: "127.0.0.1/32",
    DESKBELL_DELIVERY__NAMESERVERS: names.address,
    DESKBELL_DELIVERY__TRUST_FILE: authority.file,
    DESKBELL_DELIVERY__TIMEOUT: "5s",
    // Longer than the hour until a next try, so that the rest is what holds it.
    DESKBELL_DELIVERY__REST_FLOOR: "2h",
    DESKBELL_DELIVERY__REST_CEILING: "3h",
  };
  server = await Deskbell.start({ settings });
  hasty = await Deskbell.start({ settings: { ...settings, DESKBELL_DELIVERY__RETRY_SCHEDULE: "1ms" } });
  browser = await launch();
  ({ page, witness } = await owner(browser, server));
});
after(async () => {
  await browser?.close();
  receivers.close();
  names?.close();
  await authority?.close();
  await server?.stop();
  await hasty?.stop();
});

/** The list of deliveries, where everybody begins. */
async function begin(on = page, at = server) {
  clicks = 0;
  await on.goto("about:blank");
  await on.goto(`${at.origin}/#/deliveries`);
}

async function click(selector, on = page) {
  clicks += 1;
  assert.ok(clicks <= CLICKS, `${selector} is click ${clicks}`);
  await on.click(selector);
}

/** A webhook to there, and a delivery that was tried: its page is one click away. */
async function tried(name, url, work) {
  const webhook = await server.call("POST", "webhooks", { name, url, events: ["booking.scheduled"] });
  const delivery = await send(server, webhook);
  await begin();
  await click(`[data-test=delivery][data-id="${delivery}"]`);
  await page.waitForSelector("[data-test=detail] [data-test=verdict]");
  await work({ webhook, delivery });
  await server.call("DELETE", `webhooks/${webhook.id}`);
  witness.holds(name);
}

/** It will be tried again, and by when. */
const NEXT = /It will be tried again at \d\d:\d\d(:\d\d)?, in \d/;

const signature = (secret, { headers, body }) => {
  const [, t] = /t=(\d+)/.exec(headers["oncehub-signature"]);
  return createHmac("sha256", secret).update(`${t}.${body}`).digest("hex");
};

test("a wrong secret: the doctor knows whose it is", async () => {
  const other = await server.call("POST", "webhooks", {
    name: "Data warehouse",
    url: "https://hooks.corrib.example/hook",
    events: ["conversation.closed"],
  });
  const strict = await receivers.answering(401);
  await tried("Front desk", strict.url, async () => {
    await says(page, "verdict", /They answered 401 Unauthorized/);
    await says(page, "verdict", NEXT);
    await says(page, "fix", /their check may not have passed our signature/);
    await page.fill("[data-test=doctor-value]", signature(other.secret, strict.got[0]));
    await click("[data-test=doctor-ask]");
    await says(page, "finding", /secret of another webhook was used/);
    await page.fill("[data-test=doctor-value]", signature("a secret of nobody's", strict.got[0]));
    await click("[data-test=doctor-ask]");
    await page.waitForFunction(
      () => !document.querySelector("[data-test=finding]").textContent.includes("another webhook"),
    );
    await says(page, "finding", /the secret may be none of this account's webhooks/);
  });
  await server.call("DELETE", `webhooks/${other.id}`);
});

test("rebuilt JSON: the doctor names it", async () => {
  const strict = await receivers.answering(403);
  await tried("Parses first", strict.url, async ({ webhook }) => {
    await says(page, "verdict", /They answered 403 Forbidden/);
    await says(page, "verdict", NEXT);
    const [got] = strict.got;
    const rebuilt = { ...got, body: JSON.stringify(JSON.parse(got.body), null, 2) };
    await page.fill("[data-test=doctor-value]", signature(webhook.secret, rebuilt));
    await click("[data-test=doctor-ask]");
    await page.waitForSelector("[data-test=finding][data-finding=rebuilt]");
    await says(page, "finding", /The JSON was parsed and rebuilt before hashing/);
  });
});

test("too slow: how long we waited, and that they may have done the work", async () => {
  const slow = await receivers.open(() => {});
  await tried("Night porter", slow.url, async () => {
    await says(page, "verdict", /They did not answer within 5 s/);
    await says(page, "verdict", /They may have done the work, so expect a duplicate/);
    await says(page, "verdict", NEXT);
  });
});

test("a certificate of their own making, and one that expired", async () => {
  const host = "hooks.corrib.example";
  const own = await receivers.answering(200, {}, { host, tls: await authority.issue(host, { own: true }) });
  await tried("Own certificate", own.url, async () => {
    await says(page, "verdict", /Their certificate is none that we trust/);
    await says(page, "verdict", /self-signed/);
    await says(page, "verdict", NEXT);
  });
  const old = await receivers.answering(200, {}, { host, tls: await authority.issue(host, { notAfter: EXPIRED }) });
  await tried("Old certificate", old.url, async () => {
    await says(page, "verdict", /Their certificate expired on 1 April 2025/);
    await says(page, "verdict", NEXT);
  });
  assert.equal(own.got.length + old.got.length, 0);
});

test("no such name: which, and the URL can be changed there", async () => {
  await tried("Misspelt", "https://hoks.corrib.example/hook", async () => {
    await says(page, "verdict", /hoks\.corrib\.example does not exist/);
    await says(page, "verdict", NEXT);
    await click("[data-test=fix][data-fix=url] [data-test=change-url]");
    await page.waitForSelector("[data-test=dialog] input");
    await page.keyboard.press("Escape");
  });
});

test("a private address: refused as it is typed in, and where a name leads to one nothing is sent", async () => {
  await tried("Inside", "https://hooks.inside.example/hook", async () => {
    await says(page, "verdict", /hooks\.inside\.example leads to an address that may not be called/);
    await says(page, "verdict", /does not lead to a public address/);
    assert.doesNotMatch(
      await page.textContent("[data-test=detail]"),
      /10\.0\.0\.7/,
      "a name inside is nobody's business",
    );
    await says(page, "verdict", NEXT);
    await click("[data-test=fix][data-fix=url] [data-test=change-url]");
    await page.fill("[data-test=dialog] [data-test=url]", "https://10.0.0.7/hook");
    await click("[data-test=dialog] [data-test=save]");
    await says(page, "url-error", /does not lead to a public address/);
    // The browser tells of every answer that refuses.
    const [refused, ...others] = witness.faults.splice(0);
    assert.match(refused, /status of 400/);
    witness.faults.push(...others);
    await page.keyboard.press("Escape");
  });
});

test("resting after 503: since which answers, until when, and what goes first then", async () => {
  let status = 503;
  const down = await receivers.open((response) => response.writeHead(status).end());
  const webhook = await server.call("POST", "webhooks", {
    name: "Overrun",
    url: down.url,
    events: ["booking.scheduled"],
  });
  const ids = [];
  while (ids.length < 5) ids.push(await send(server, webhook));
  await begin();
  await click(`[data-test=delivery][data-id="${ids.at(-1)}"]`);
  await says(page, "verdict", /They answered 503 Service Unavailable/);
  await says(page, "verdict", /It will be tried again at .*, in .*, when Overrun’s rest ends/);
  await says(page, "rest", /Overrun rests until .*, in .* because it was overloaded or too slow/);
  await says(page, "attempt-due", /held by Overrun’s rest/);
  await says(page, "rest", /: it answered 503 5 times, the last at /);
  // Mended, the whole webhook goes on at one press: one first, and the others when it arrived.
  status = 204;
  await click("[data-test=resume-now]");
  await page.waitForSelector("[data-test=detail][data-status=delivered], [data-test=rest]", { state: "attached" });
  await until("what waited arrived", async () => {
    const { data } = await server.call("GET", `deliveries?webhook=${webhook.id}&status=delivered`);
    return data.some(({ id }) => id === ids.at(-1));
  });
  await page.waitForSelector("[data-test=detail][data-status=delivered]");
  assert.equal(await page.locator("[data-test=rest]").count(), 0);
  await server.call("DELETE", `webhooks/${webhook.id}`);
});

test("tries used up: how many in which time, that the webhook is off, and one press sends it", async () => {
  const { page, witness, context } = await owner(browser, hasty);
  const broken = await receivers.answering(500);
  const webhook = await hasty.call("POST", "webhooks", {
    name: "Legacy",
    url: broken.url,
    events: ["booking.scheduled"],
  });
  const delivery = await send(hasty, webhook, 2);
  await begin(page, hasty);
  await click(`[data-test=delivery][data-id="${delivery}"]`, page);
  await says(page, "verdict", /Gave up after 2 tries in .*: they answered 500 Internal Server Error/);
  await says(
    page,
    "held",
    /Legacy is off since .*, because every try of an event had failed\. No events are sent to it, only samples/,
  );
  witness.holds("used up");
  await context.close();
});

/** Posts as a program does, whatever is answered. */
const post = (type, data, key) =>
  fetch(`${server.origin}/v2/events`, {
    method: "POST",
    headers: {
      "API-Key": server.key,
      "content-type": "application/json",
      ...(key ? { "Idempotency-Key": key } : {}),
    },
    body: JSON.stringify({ type, data }),
  });

/** The newest call that sent nothing on, two clicks away. */
async function call(outcome, code, { why, next }) {
  await begin();
  await click("[data-test=nav-events]");
  await click("[data-test=tab-calls]");
  const row = page.locator(`[data-test=call][data-outcome="${outcome}"][data-code="${code}"]`).first();
  await row.waitFor();
  assert.match(await row.locator("[data-test=call-why]").textContent(), why);
  assert.match(await row.locator("[data-test=call-next]").textContent(), next);
  return row;
}

test("another trigger: the webhook does not ask for it, which it is near to, and one press adds it", async () => {
  const inbox = await server.call("POST", "inboxes", { name: "Night desk" });
  const webhook = await server.call("POST", "webhooks", {
    name: "Night desk",
    url: inbox.url,
    events: ["booking.canceled"],
  });
  await post("booking.completed", { guest: "Yuki Tanaka" });
  await begin();
  await click("[data-test=nav-webhooks]");
  await click(`[data-test=webhook][data-id="${webhook.id}"]`);
  await click("[data-test=why]");
  await says(page, "sentence", /It was never owed: Night desk does not ask for booking\.completed\./);
  await page.click("[data-test=add-trigger]");
  await page.waitForFunction(
    () => !document.querySelector("[data-test=sentence]").textContent.includes("does not ask for"),
  );
  const { events } = await server.call("GET", `webhooks/${webhook.id}`);
  assert.deepEqual(events, ["booking.canceled", "booking.completed"]);
  witness.holds("another trigger");
});

test("a mistyped type: which, and which there is", async () => {
  assert.equal((await post("booking.rescheduledd", {})).status, 400);
  await call("refused", "event_type_unknown", {
    why: /type:.*booking\.rescheduled\b/,
    next: /Nothing was changed, kept or sent/,
  });
  witness.holds("a mistyped type");
});

test("a repeated idempotency key, and one of another event: what stands, and what was not sent", async () => {
  const first = await (await post("booking.completed", { n: 1 }, "checkout-77")).json();
  assert.equal((await post("booking.completed", { n: 1 }, "checkout-77")).status, 200);
  await call("repeated", "", { why: new RegExp(`came before: it is ${first.id}`), next: /Nothing is lost/ });
  assert.equal((await post("booking.completed", { n: 2 }, "checkout-77")).status, 409);
  const row = await call("refused", "event_conflict", {
    why: new RegExp(`was used for another event: '${first.id}'`),
    next: /The event that came first stands/,
  });
  await row.locator("a").click();
  await page.waitForSelector("[data-test=delivery]");
  witness.holds("idempotency keys");
});
