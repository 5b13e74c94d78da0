// The form: whatever came, nothing leaves its pane, on no width; what can be pressed is large enough; names keep their direction to
// themselves; and a page is fit to be printed (issue 13; WCAG 2.2, 1.4.10 and 2.5.8).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BODIES, FAMILY, GUEST, indexOf, postAll } from "../bodies.mjs";
import { altered, launch, owner } from "../browser.mjs";
import { allTried, Deskbell } from "../deskbell.mjs";

/** 320 is a window of 1,280 at 400 %. */
const WIDTHS = [320, 360, 768, 1024, 1280, 1440];
const LINE = "x".repeat(60_000);
const LONG = `${"Verylongname".repeat(20)} of the night porter`.slice(0, 250);

let server, browser, own, world;
before(async () => {
  server = await Deskbell.start();
  browser = await launch();
  const inbox = await server.call("POST", "inboxes", { name: LONG.slice(0, 200) });
  const answers = [{ status: 500, body: "<html>".padEnd(60_000, "y"), headers: { "x-test-long": "z".repeat(500) } }];
  const loud = await server.call("POST", "inboxes", { name: "Loud", answers });
  const url = `${loud.url}/${"path".repeat(200)}`;
  const webhook = await server.call("POST", "webhooks", { name: LONG, url, events: ["booking"] });
  const data = {
    form_submission: { name: GUEST },
    starting_time: "2026-05-12T09:30:00.000Z",
    note: LINE,
    list: [{ a: 1 }],
  };
  await server.call("POST", "events", { type: "booking.scheduled", data });
  const captures = await postAll(server, inbox);
  const [delivery] = await allTried(server, 1);
  world = { inbox: inbox.id, webhook: webhook.id, delivery: delivery.id, captures };
  own = await owner(browser, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function open(hash, ready) {
  await own.page.goto("about:blank");
  await own.page.goto(`${server.origin}/${hash}`);
  await own.page.waitForSelector(ready, { state: "attached" });
}

/** What stands wider than what holds it, or beyond the window; what can be scrolled sideways by itself is meant to. */
const overflowing = () =>
  own.page.evaluate(() => {
    const wrong = [];
    if (document.documentElement.scrollWidth > innerWidth)
      wrong.push(`the page: ${document.documentElement.scrollWidth}`);
    for (const pane of document.querySelectorAll(
      "main, .pane-list, .pane-detail, .side, .capture, .detail, .card, .fix, .rest",
    )) {
      const style = getComputedStyle(pane);
      if (pane.offsetParent === null || style.display === "none") continue;
      if (pane.scrollWidth > pane.clientWidth + 1)
        wrong.push(`${pane.className || pane.id}: ${pane.scrollWidth} in ${pane.clientWidth}`);
    }
    return wrong;
  });

test("nothing leaves its pane, whatever came and however wide the window is", async (t) => {
  for (const width of WIDTHS) {
    await own.page.setViewportSize({ width, height: 800 });
    await t.test(`${width} px: a delivery`, async () => {
      await open(`#/deliveries/${world.delivery}`, "[data-test=detail] [data-test=json]");
      for (const part of ["sent", "timeline", "answer"]) {
        const button = own.page.locator(`.detail-switch [data-test=tab-${part}]`);
        if (await button.isVisible()) await button.click();
        assert.deepEqual(await overflowing(), [], part);
      }
    });
    await t.test(`${width} px: lists and a webhook`, async () => {
      for (const [hash, ready] of [
        ["#/deliveries", "[data-test=delivery]"],
        ["#/webhooks", "[data-test=webhook]"],
        [`#/webhooks/${world.webhook}`, "[data-test=health-card]"],
        ["#/inboxes", "[data-test=inbox]"],
      ]) {
        await open(hash, ready);
        assert.deepEqual(await overflowing(), [], hash);
      }
    });
  }
  own.witness.holds("reading");
});

const READING = [320, 360, 768, 1280, 1440];

/** Words that stand beyond the right edge of the request, where nothing that can be scrolled holds them. */
const escaped = () =>
  own.page.evaluate(() => {
    const edge = document.querySelector("[data-test=capture-detail]").getBoundingClientRect().right + 1;
    const isHeld = (element) => {
      for (let one = element; !one.matches("[data-test=capture-detail]"); one = one.parentElement)
        if (getComputedStyle(one).overflowX !== "visible") return true;
      return false;
    };
    return [...document.querySelectorAll("[data-test=capture-detail] *")]
      .filter((one) => one.getBoundingClientRect().right > edge && !isHeld(one))
      .slice(0, 3)
      .map((one) => one.outerHTML.slice(0, 160));
  });

/** What of the request can be seen only when it is scrolled sideways, or only far below its head. */
const outOfSight = () =>
  own.page.evaluate(() => {
    const wrong = [];
    const pane = document.querySelector("[data-test=capture-detail]");
    for (const one of pane.querySelectorAll(".hex .virtual, [role=tablist]"))
      if (one.scrollWidth > one.clientWidth + 1 && !(innerWidth < 360 && one.role === "tablist"))
        wrong.push(`${one.role ?? one.className}: ${one.scrollWidth} in ${one.clientWidth}`);
    const below = pane.querySelector("[role=tablist]").getBoundingClientRect().top - pane.getBoundingClientRect().top;
    if (below > 300) wrong.push(`the tabs begin at ${below}`);
    return wrong;
  });

test("bodies of forty real kinds stay in their pane: as what they are, raw, in hex, and their headers", async (t) => {
  await own.page.setViewportSize({ width: 1280, height: 800 });
  await open(`#/inboxes/${world.inbox}`, "[data-test=capture]");
  for (const [index, [name]] of BODIES.entries()) {
    await t.test(name, async () => {
      await own.page.evaluate((hash) => (location.hash = hash), `#/inboxes/${world.inbox}/${world.captures[index]}`);
      await own.page.waitForSelector(`[data-test=capture-detail][data-id="${world.captures[index]}"]`);
      for (const tab of ["raw", "headers", "hex", "tree"]) {
        await own.page.click(`[data-test=capture-detail] [data-test=tab-${tab}]`);
        if (tab === "tree") await own.page.waitForSelector("[data-test=captured-body]:not(:has([role=status]))");
        for (const width of READING) {
          await own.page.setViewportSize({ width, height: 800 });
          // What is far below is laid out some frames after the window was resized.
          const beyond = async () => [...(await overflowing()), ...(await escaped()), ...(await outOfSight())];
          for (let frames = 0; frames < 60 && (await beyond()).length > 0; frames++)
            await own.page.evaluate(() => new Promise((seen) => requestAnimationFrame(seen)));
          assert.deepEqual(await beyond(), [], `${tab} at ${width}`);
        }
      }
    });
  }
  own.witness.holds("reading bodies");
});

/** What can be pressed and is smaller than 24 by 24, unless it stands within a sentence (2.5.8, inline) or is hidden. */
const small = () =>
  own.page.evaluate(() => {
    const wrong = [];
    for (const one of document.querySelectorAll("button, a[href], [role=button], input, select, summary")) {
      const { width, height } = one.getBoundingClientRect();
      const style = getComputedStyle(one);
      if (width < 2 || height < 2 || style.visibility === "hidden" || one.closest(".readers, .skip")) continue;
      // In a body the height of its lines is that of text (2.5.8, inline).
      if (
        style.display === "inline" ||
        one.closest(".json-line, .json-inside") ||
        (one.type === "checkbox" && one.closest("label"))
      )
        continue;
      if (width < 23.5 || height < 23.5)
        wrong.push(`${one.localName}.${one.className} "${one.textContent.slice(0, 20)}" ${width}x${height}`);
    }
    return [...new Set(wrong)];
  });

test("what can be pressed is 24 by 24 at least (2.5.8)", async (t) => {
  for (const width of [360, 1280]) {
    await own.page.setViewportSize({ width, height: 800 });
    for (const [hash, ready] of [
      ["#/deliveries?q=type%3Abooking", "[data-test=delivery]"],
      [`#/deliveries/${world.delivery}`, "[data-test=detail] [data-test=json]"],
      ["#/webhooks", "[data-test=webhook]"],
      [`#/webhooks/${world.webhook}`, "[data-test=health-card]"],
      ["#/inboxes", "[data-test=inbox]"],
      [`#/inboxes/${world.inbox}/${world.captures[indexOf("right to left")]}`, "[data-test=capture-detail]"],
      ["#/bookings", "main h1"],
      ["#/operator", "[data-test=outcomes]"],
      ["#/why", "main h1"],
    ]) {
      await t.test(`${width} px: ${hash}`, async () => {
        await open(hash, ready);
        assert.deepEqual(await small(), []);
      });
    }
  }
});

test("the operator's page looks the same, whatever was open before, and keeps its range", async () => {
  await own.page.setViewportSize({ width: 360, height: 800 });
  await open(`#/deliveries/${world.delivery}`, "[data-test=detail] [data-test=json]");
  // A full day, in which every outcome was met.
  await altered(own.page, "**/v2/operator?range=day", (told) => {
    const attempts = { delivered: 9_000, http_status: 120, head_timeout: 14, connect_refused: 3, dns_not_found: 2 };
    const end = Date.now() - (Date.now() % 900_000);
    told.series = Array.from({ length: 96 }, (_, index) => ({
      time: new Date(end - (95 - index) * 900_000).toISOString(),
      accepted: 4_000,
      delivered: 9_000,
      attempts,
      oldest_due_seconds: 2,
      p95_ms: 41,
    }));
    return told;
  });
  await own.page.evaluate(() => (location.hash = "#/operator?range=day"));
  await own.page.waitForSelector("[data-test=range-day][aria-current=true]");
  await own.page.waitForSelector("[data-test=neighbour]");
  await own.page.waitForSelector("[data-test=chart-outcomes]");
  assert.equal(await own.page.evaluate(() => document.documentElement.scrollWidth), 360, "nothing sticks out");
  const columns = await own.page.evaluate(() => document.querySelectorAll("[data-test=chart-outcomes] g").length);
  assert.equal(columns, 96, "a column for each step");
  await own.page.setViewportSize({ width: 1280, height: 800 });
  const cells = await own.page.evaluate(() =>
    [...document.querySelectorAll("[data-test=neighbours] td")].map((cell) => getComputedStyle(cell).display),
  );
  assert.deepEqual([...new Set(cells)], ["table-cell"]);
  await own.page.click("[data-test=range-week]");
  await own.page.waitForSelector("[data-test=range-week][aria-current=true]");
  await own.page.reload();
  await own.page.waitForSelector("[data-test=range-week][aria-current=true]");
  await own.page.setViewportSize({ width: 360, height: 800 });
  await own.page.waitForSelector(".lines-times span");
  assert.ok((await nearest(".lines-times")) >= 12, "dates below a chart stand apart");
});

/** The least number of pixels between what stands beside each other in such a box. */
const nearest = (box) =>
  own.page.evaluate((selector) => {
    const gaps = (row) => {
      const seen = [...row.children].map((one) => one.getBoundingClientRect()).filter(({ width }) => width > 0);
      return seen.slice(1).map(({ left }, index) => left - seen[index].right);
    };
    return Math.min(...[...document.querySelectorAll(selector)].flatMap(gaps));
  }, box);

test("a guest's name and a date keep their directions apart, and joiners are text", async () => {
  await own.page.setViewportSize({ width: 1280, height: 800 });
  await open("#/deliveries", "[data-test=delivery]");
  const row = await own.page.textContent("[data-test=delivery] .row-value");
  assert.match(row, /^\u2068[^\u2068\u2069]+\u2069, \u2068[^\u2068\u2069]+\u2069/u);
  assert.ok(row.includes(GUEST), "no mark stands in a Persian word");
  await open(
    `#/inboxes/${world.inbox}/${world.captures[indexOf("right to left")]}`,
    "[data-test=capture-detail] [data-test=json]",
  );
  const text = await own.page.textContent("[data-test=json]");
  assert.ok(text.includes(FAMILY) && text.includes(GUEST), text);
});

test("on paper stands what was opened, whole, and nothing that can only be pressed", async () => {
  await open(`#/deliveries/${world.delivery}`, "[data-test=detail] [data-test=json]");
  await own.page.emulateMedia({ media: "print" });
  const seen = (selector) => own.page.locator(selector).first().isVisible();
  assert.equal(await seen("[data-test=verdict]"), true);
  assert.equal(await seen("[data-test=sent] [data-test=json]"), true);
  for (const selector of ["header.top", ".pane-list", ".detail-actions"])
    assert.equal(await seen(selector), false, selector);
  const cut = await own.page.evaluate(
    () => document.querySelector("[data-test=detail]").getBoundingClientRect().height > innerHeight + 1,
  );
  const scrolls = await own.page.evaluate(() => document.documentElement.scrollHeight > innerHeight + 1);
  assert.equal(scrolls, cut, "the page is as long as what stands on it");
  await own.page.emulateMedia({ media: null });
});
