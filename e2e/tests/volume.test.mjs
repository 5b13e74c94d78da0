// Lists for real volume: deliveries by event with the failed and the slowest first, days, a range of time, all that a search matches
// sent again with a count first; and webhooks, the ill ones first, with the cause (issue 13).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, owner } from "../browser.mjs";
import { allTried, Deskbell, until } from "../deskbell.mjs";

/** Webhooks that take each event; one of them refuses. */
const MANY = 6;
const EVENTS = 3;

let server, browser, page, witness, bad;
before(async () => {
  server = await Deskbell.start();
  const good = await server.call("POST", "inboxes", { name: "Good" });
  bad = await server.call("POST", "inboxes", { name: "Bad", answers: [{ status: 500 }] });
  for (let number = 1; number <= MANY; number++)
    await server.call("POST", "webhooks", {
      name: number === MANY ? "Refuses" : `Takes ${number}`,
      url: number === MANY ? bad.url : good.url,
      events: ["booking"],
    });
  for (let number = 0; number < EVENTS; number++)
    await server.call("POST", "events", { type: "booking.scheduled", data: { number } });
  await allTried(server, MANY * EVENTS);
  browser = await launch();
  ({ page, witness } = await owner(browser, server));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function open(hash, ready) {
  await page.goto("about:blank");
  await page.goto(`${server.origin}/${hash}`);
  await page.waitForSelector(ready);
}

test("an event stands once, with what failed first and what arrived at once in one line", async () => {
  await open("#/deliveries", "[data-test=event-head]");
  assert.equal(await page.locator("[data-test=event-head]").count(), EVENTS);
  assert.equal(await page.locator("[data-test=delivery]").count(), EVENTS, "what failed has a line each");
  assert.match(await page.textContent("[data-test=delivery] >> nth=0"), /500.*Refuses/);
  assert.match(await page.textContent("[data-test=more] >> nth=0"), new RegExp(`${MANY - 1} more arrived within`));
  await page.click("[data-test=more] >> nth=0");
  await page.waitForFunction(
    (count) => document.querySelectorAll("[data-test=delivery]").length === count,
    EVENTS + MANY - 1,
  );
});

test("the tabs say how many are on their way and how many did not arrive", async () => {
  await page.waitForFunction(
    (count) => document.querySelector("[data-test=tab-retrying]")?.textContent === `On their way ${count}`,
    EVENTS,
  );
  assert.equal(await page.textContent("[data-test=tab-over]"), "Did not arrive 0");
});

test("j and k go as the list shows it", async () => {
  await open("#/deliveries", "[data-test=event-head]");
  const ids = await page.evaluate(() =>
    [...document.querySelectorAll("[data-test=delivery]")].map((row) => row.dataset.id),
  );
  for (const id of ids) {
    await page.keyboard.press("j");
    await page.waitForSelector(`[data-test=delivery][aria-current=true][data-id="${id}"]`);
  }
});

test("a range of time stands in the address, and what is older is left out", async () => {
  await open("#/deliveries", "[data-test=event-head]");
  await page.selectOption("[data-test=range]", "1h");
  await page.waitForFunction(() => location.hash.includes("range=1h"));
  await page.waitForSelector("[data-test=event-head]");
  await page.clock.install({ time: Date.now() + 3 * 3_600_000 });
  await page.goto("about:blank");
  await page.goto(`${server.origin}/#/deliveries?range=1h`);
  await page.waitForSelector("[data-test=nothing]");
  await page.clock.setSystemTime(Date.now());
});

test("all that a search matches is counted, then sent again, and how far it is, is told", async () => {
  await server.call("PATCH", `inboxes/${bad.id}`, { answers: [{ status: 200 }] });
  await open("#/deliveries?q=webhook%3ARefuses&stand=retrying", "[data-test=delivery]");
  const before = (await server.all(`inboxes/${bad.id}/requests`)).length;
  await page.click("[data-test=bulk-count]");
  await page.waitForFunction(
    (count) => document.querySelector("[data-test=bulk]")?.textContent.includes(`${count} deliveries match.`),
    EVENTS,
  );
  assert.equal((await server.all(`inboxes/${bad.id}/requests`)).length, before, "counting sends nothing");
  await page.click("[data-test=bulk-retry]");
  await page.waitForFunction(
    (count) => document.querySelector("[data-test=far]")?.textContent.includes(`${count} of ${count} asked for.`),
    EVENTS,
  );
  await until(
    "all of them arrived",
    async () => (await server.all("deliveries?status=delivered")).length === MANY * EVENTS,
  );
  witness.holds("lists");
});

test("what did not arrive is all that is over and was not delivered: a 410 too", async () => {
  const gone = await server.call("POST", "inboxes", { name: "Gone", answers: [{ status: 410 }] });
  const webhook = await server.call("POST", "webhooks", { name: "Gone", url: gone.url, events: ["conversation"] });
  await server.call("POST", "events", { type: "conversation.closed", data: {} });
  await until("it is off", async () => !(await server.call("GET", `webhooks/${webhook.id}`)).status);
  await open("#/deliveries?stand=over", "[data-test=delivery]");
  assert.match(await page.textContent("[data-test=delivery]"), /410/);
});

test("webhooks: the ill ones first, with what went wrong; a state is chosen by one press", async () => {
  await server.call("PATCH", `inboxes/${bad.id}`, { answers: [{ status: 503 }] });
  await server.call("POST", "events", { type: "booking.scheduled", data: {} });
  await allTried(server, MANY * EVENTS + MANY + 1);
  await open("#/webhooks", "[data-test=webhook]");
  await page.waitForFunction(() =>
    /Gone.*Turned off.*answered 410/.test(document.querySelector("[data-test=webhook]")?.textContent ?? ""),
  );
  await page.waitForFunction(() =>
    /Refuses.*They answered 503 Service Unavailable/.test(
      document.querySelectorAll("[data-test=webhook]")[1]?.textContent ?? "",
    ),
  );
  await page.click("[data-test=state-off]");
  await page.waitForFunction(() => document.querySelectorAll("[data-test=webhook]").length === 1);
  await page.click("[data-test=state-all]");
  await page.waitForFunction((count) => document.querySelectorAll("[data-test=webhook]").length === count, MANY + 1);
});

// Last: it makes thousands.
test("what waits behind more than a page looks at is found, and none is said to be missing before", async () => {
  const waits = await until("one waits", async () => (await server.all("deliveries?status=pending")).at(-1));
  const sink = await server.call("POST", "inboxes", { name: "Sink" });
  const many = await server.call("POST", "webhooks", { name: "Many", url: sink.url, events: ["conversation"] });
  const events = Array.from({ length: 1_000 }, () => ({ type: "conversation.closed", data: {} }));
  for (let call = 0; call < 6; call++) await server.call("POST", "events", { events });
  await server.call("PATCH", `webhooks/${many.id}`, { status: false });
  await until("the newest are over", async () => {
    const newest = await server.call("GET", "deliveries?status=pending&limit=100");
    return newest.data.length === 0 && newest.has_more;
  });
  await page.addInitScript(() => {
    new MutationObserver(() => {
      if (document.querySelector("[data-test=nothing]")) globalThis.saidNothing = true;
    }).observe(document, { childList: true, subtree: true });
  });
  await open("#/deliveries?stand=retrying", `[data-test=delivery][data-id="${waits.id}"]`);
  assert.equal(await page.evaluate(() => globalThis.saidNothing), undefined);
  witness.holds("looking behind thousands");
});

test("what waits above is in sight after one press, from wherever the reader is", async () => {
  await open("#/deliveries", "[data-test=delivery]");
  await page.evaluate(() => document.querySelector("[data-test=list]").scrollTo({ top: 2_000 }));
  const place = () => Number(document.querySelector(".virtual-row")?.getAttribute("aria-posinset"));
  await page.waitForFunction(`(${place})() > 10`);
  await server.call("POST", "events", { type: "booking.no_show", data: {} });
  await page.click("[data-test=new]");
  await page.waitForFunction(() => {
    const list = document.querySelector("[data-test=list]");
    const rows = [...document.querySelectorAll(".virtual-row")].slice(0, 3);
    return list.scrollTop === 0 && rows.some((row) => row.textContent.includes("no_show"));
  });
  witness.holds("what waited above");
});
