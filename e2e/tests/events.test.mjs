// The events' screen: what was made, newest first and as it comes; what is older, a page at a time; and where the past was cut.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { altered, launch, owner } from "../browser.mjs";
import { Deskbell } from "../deskbell.mjs";

/** More than two pages. */
const EVENTS = 120;
const PAGE = 50;

let server, browser, page, witness;
before(async () => {
  server = await Deskbell.start();
  const events = Array.from({ length: EVENTS }, (_, number) => ({
    type: "booking.scheduled",
    data: { object: "booking", form_submission: { name: `Guest ${number}` } },
  }));
  await server.call("POST", "events", { events });
  browser = await launch();
  ({ page, witness } = await owner(browser, server));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const shown = (count) =>
  page.waitForFunction((count) => document.querySelectorAll("[data-test=event]").length === count, count);

test("every event is there, newest first, and each leads to its deliveries", async () => {
  await page.click("[data-test=nav-events]");
  await shown(PAGE);
  const first = page.locator("[data-test=event]").first();
  assert.match(await first.textContent(), new RegExp(`Guest ${EVENTS - 1}`));
  await page.click("[data-test=older]");
  await shown(2 * PAGE);
  // What comes stands on top, and what was fetched stays.
  const { id } = await server.call("POST", "events", { type: "booking.no_show", data: {} });
  await page.waitForSelector(`[data-test=event][data-id="${id}"]`);
  await page.click("[data-test=older]");
  await page.waitForFunction(() => document.querySelectorAll("[data-test=older]").length === 0);
  const ids = await page.evaluate(() =>
    [...document.querySelectorAll("[data-test=event]")].map((row) => row.dataset.id),
  );
  const all = (await server.all("events")).map((event) => event.id);
  assert.deepEqual(ids, all, "each stands once, none is left out");
  await page.locator(`[data-test=event][data-id="${id}"] [data-test=event-deliveries]`).click();
  await page.waitForSelector("[data-test=delivery]");
  assert.equal(await page.locator("[data-test=delivery]").count(), 1);
  witness.holds("events");
});

test("the end of a list says where the past was cut", async () => {
  const cut = { deleted_before: "2026-01-02T03:04:05.000Z" };
  await altered(page, /\/v2\/(events|deliveries)\?/, (json) => ({ ...json, ...cut }));
  for (const [hash, ready] of [
    ["#/events", "[data-test=event]"],
    ["#/deliveries?q=type%3Abooking.no_show", "[data-test=delivery]"],
  ]) {
    await page.goto("about:blank");
    await page.goto(`${server.origin}/${hash}`);
    await page.waitForSelector(ready);
    await page.waitForFunction(() => {
      const older = document.querySelector("[data-test=older]");
      if (older?.getAttribute("aria-disabled") !== "true") older?.click();
      return !older;
    });
    assert.match(await page.textContent("[data-test=cut]"), /before 2 Jan 03:04.* deleted: .* older than .* kept/);
  }
  await page.unroute(/\/v2\/(events|deliveries)\?/);
  witness.holds("the past");
});
