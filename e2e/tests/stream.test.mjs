// The stream is cut for ten seconds while 200 events a second are posted, and for a while after: then every delivery stands once,
// in order, in the list of whoever scrolls to its end, and the connection has said how it was (issue 4, 3).
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pass } from "node:timers/promises";
import { launch, owner } from "../browser.mjs";
import { Deskbell, until } from "../deskbell.mjs";
import { Cable } from "../proxy.mjs";

const RATE = 200;
/** Posts in a second, of `RATE / TICKS` events each. */
const TICKS = 10;
/** The cut takes so long, in milliseconds, and until so many events were missed: on a slow machine that takes longer. */
const CUT = 10_000;
const MISSED = (RATE * CUT) / 1000;
/** So many more are posted once the stream is back, among what was missed. A build without optimisation may tell of fewer in a second than
 * are posted, so the load ends before *live* is waited for. */
const AMONG = 2 * RATE;

test("ten seconds without the stream under 200 events a second lose nothing", async (t) => {
  const server = await Deskbell.start();
  t.after(() => server.stop());
  const cable = await Cable.to(server.origin);
  t.after(() => cable.close());
  const browser = await launch();
  t.after(() => browser.close());

  const inbox = await server.call("POST", "inboxes", { name: "Busy" });
  await server.call("POST", "webhooks", { name: "Busy", url: inbox.url, events: ["booking"] });
  await server.call("POST", "events", { type: "booking.scheduled", data: { object: "booking", number: -1 } });
  const { page } = await owner(browser, server, { origin: cable.origin });
  await page.waitForSelector("[data-test=delivery]");
  await page.evaluate(() => {
    const mark = document.querySelector("[data-test=connection]");
    window.states = [mark.dataset.state];
    new MutationObserver(() => window.states.push(mark.dataset.state)).observe(mark, {
      attributes: true,
      attributeFilter: ["data-state"],
    });
  });

  const load = post(server);
  await until("the list grows", async () => (await rows(page)) > 100);
  cable.cut();
  await page.waitForSelector("[data-test=connection][data-state=offline]");
  assert.match(await page.textContent("[data-test=connection]"), /^Offline since \d\d:\d\d/);
  const [before, since] = [load.count(), performance.now()];
  const isOver = () => load.count() - before >= MISSED && performance.now() - since >= CUT;
  await until("enough was missed", async () => isOver(), load.count);
  cable.mend();
  await page.waitForSelector("[data-test=connection]:not([data-state=offline])");
  const mended = load.count();
  await until("some arrived among them", async () => load.count() - mended >= AMONG, load.count);
  const posted = await load.end();
  await page.waitForSelector("[data-test=connection][data-state=live]");

  let owed = 0;
  const ledger = await until(
    "every event has its delivery",
    async () => {
      const found = await server.all("deliveries");
      owed = found.length;
      return owed === posted.count + 1 && found;
    },
    () => owed,
  );
  let shown = 0;
  await until(
    "every delivery has its row",
    async () => {
      // The list of a reader who stays at the top is bounded: what is older comes to whoever scrolls.
      await page.evaluate(() => document.querySelector("[data-test=list]").scrollTo(0, Number.MAX_SAFE_INTEGER));
      shown = await rows(page);
      return shown === ledger.length;
    },
    () => shown,
  );
  // What it says while it is behind depends on how slow the machine is.
  const states = (await page.evaluate(() => window.states)).filter(
    (state) => state !== "catching-up" && state !== "behind",
  );
  assert.deepEqual(
    states.filter((state, index) => state !== states[index - 1]),
    ["live", "offline", "live"],
  );
  const seen = await scrolled(page);
  assert.equal(new Set(seen).size, seen.length, "no row stands twice");
  assert.deepEqual(
    seen,
    ledger.map((delivery) => delivery.id),
  );
  t.diagnostic(`${posted.count} events, ${Math.round(posted.rate)} a second; states: ${states.join(", ")}`);
});

/** Posts events at the rate until it is told to end. */
function post(server) {
  let going = true;
  let count = 0;
  const began = performance.now();
  const done = (async () => {
    for (let tick = 1; going; tick++) {
      const events = Array.from({ length: RATE / TICKS }, () => ({
        type: "booking.scheduled",
        data: { object: "booking", number: count++ },
      }));
      await server.call("POST", "events", { events });
      await pass(Math.max(0, began + (tick * 1000) / TICKS - performance.now()));
    }
  })();
  return {
    count: () => count,
    async end() {
      going = false;
      await done;
      return { count, rate: (count * 1000) / (performance.now() - began) };
    },
  };
}

const rows = (page) =>
  page.evaluate(() => Number(document.querySelector(".virtual-row")?.getAttribute("aria-setsize") ?? 0));

/** The ids of all rows, from the top to the end, as one who scrolls sees them. */
function scrolled(page) {
  return page.evaluate(async () => {
    const list = document.querySelector("[data-test=list]");
    const found = [];
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    for (let top = 0; ; top += list.clientHeight) {
      list.scrollTop = top;
      await frame();
      for (const row of list.querySelectorAll(".virtual-row"))
        found[row.getAttribute("aria-posinset")] = row.querySelector("[data-id]").dataset.id;
      if (top > list.scrollHeight) break;
    }
    return found.slice(1);
  });
}
