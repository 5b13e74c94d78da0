// Strangers' text stays text: 500 payloads in every field that can hold them run no script, make no element and no link, and call
// up no report of the policy (catalogue H-01, H-04, H-06, H-07, H-08; issue 4, 5).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, owner, visitor } from "../browser.mjs";
import { Deskbell, TIMEOUT } from "../deskbell.mjs";
import { knockAll, poison, SETTINGS } from "../hostile.mjs";
import { payloads } from "../payloads.mjs";

/** Of the five hundred at least so many run in a page that takes text for markup: else they would prove nothing. */
const BITING = 150;
/** So many are framed at once; a divisor of five hundred. */
const FRAMES = 25;

let server, browser, own, world;
before(async () => {
  server = await Deskbell.start({ settings: SETTINGS });
  browser = await launch();
  own = await owner(browser, server);
  world = await poison(server, own.page);
  own.witness.holds("filling it");
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("the payloads are five hundred, and they bite where text is taken for markup", async () => {
  assert.equal(new Set(payloads).size, 500);
  const context = await browser.newContext();
  context.setDefaultTimeout(TIMEOUT);
  const page = await context.newPage();
  await page.evaluate(() => (window.bitten = new Set()));
  // One frame a payload, some at a time. What waits for a press, or for the network, is not counted.
  for (let from = 0; from < payloads.length; from += FRAMES) {
    await page.evaluate(frame, { from, some: payloads.slice(from, from + FRAMES) });
    await page.waitForFunction((count) => window.loaded === count, FRAMES);
  }
  await page.waitForFunction((enough) => window.bitten.size >= enough, BITING);
  await context.close();
});

/** In the page: a frame for each payload, which says by its number that it bites. */
function frame({ from, some }) {
  window.loaded = 0;
  const trap = (number) =>
    `<script>Object.defineProperty(window, "__xss", { set: () => parent.bitten.add(${number}) })</script>`;
  const frames = some.map((payload, index) => {
    const srcdoc = `${trap(from + index)}<div title="${payload}">${payload}</div>`;
    const made = Object.assign(document.createElement("iframe"), { srcdoc });
    made.addEventListener("load", () => window.loaded++, { once: true });
    return made;
  });
  document.body.append(...frames);
}

test("lists of strangers' names", async (t) => {
  const places = [
    "webhooks",
    "inboxes",
    "bookings",
    "bookings?show=canceled",
    "keys",
    "start",
    "deliveries",
    `inboxes/${world.inbox}`,
    `inboxes/${world.target}`,
    "why",
    "operator",
  ];
  for (const place of places) await t.test(place, () => look(`./#/${place}`, "main h1, main h2", scroll));
});

test("a webhook, bookings, a conversation and the question why", async (t) => {
  await t.test("a webhook", () =>
    look(`./#/webhooks/${world.webhook}`, "[data-test=health-card]", undefined, "window.__xss"),
  );
  for (const id of world.bookings.slice(0, 4))
    await t.test(`a booking: ${id}`, () =>
      look(`./#/bookings/${id}`, "[data-test=booking-open]", undefined, "window.__xss"),
    );
  await t.test("a conversation", () =>
    look(`./#/bookings/${world.conversation}`, "[data-test=conversation-open]", undefined, "window.__xss"),
  );
  const { event, webhook } = world.large[0];
  await t.test("why", () =>
    look(`./#/why?event=${event}&webhook=${webhook}`, "[data-test=sentence]", undefined, "window.__xss"),
  );
  await t.test("a search that is a payload", () =>
    look(`./#/deliveries?q=${encodeURIComponent(payloads[1])}`, "[data-test=nothing], [data-test=delivery]"),
  );
});

test("both sides of deliveries", async (t) => {
  // Each of the script's answers was given to one of the first; the large ones hold every payload as key and as value.
  const some = [...world.large, ...world.deliveries.slice(-18)];
  for (const { id } of some) {
    await t.test(id, () =>
      look(
        `./#/deliveries/${id}`,
        "[data-test=sent] [data-test=json]",
        async (page) => {
          for (const side of ["sent", "answer"]) {
            for (const tab of ["headers", "raw", "hex", "received"]) {
              const button = page.locator(`[data-test=${side}] [data-test=tab-${tab}]`);
              if (await button.count()) await press(page, button);
            }
          }
        },
        "window.__xss",
      ),
    );
  }
});

test("captured requests", async (t) => {
  for (const { id } of world.captures.filter((one) => one.body_bytes < 100_000)) {
    await t.test(id, () =>
      look(`./#/inboxes/${world.target}/${id}`, "[data-test=capture-detail]", async (page) => {
        for (const tab of ["headers", "raw", "hex", "doctor"])
          await press(page, page.locator(`[data-test=tab-${tab}]`));
        await page.fill("[data-test=doctor-value]", payloads[3]);
      }),
    );
  }
});

test("shared pages", async () => {
  const { page, context, witness } = await visitor(browser, server.origin);
  for (const url of world.shares) {
    await page.goto(url);
    assert.ok((await page.textContent("body")).includes("window.__xss"), url);
    await inert(page, url);
    witness.holds(url);
  }
  await context.close();
});

test("the anonymous tester", async () => {
  const { page, context, witness } = await visitor(browser, server.origin);
  await page.goto(`${server.origin}/tester`);
  await page.waitForSelector("[data-test=tester-url]");
  const url = await page.textContent("[data-test=tester-url]");
  const requests = await knockAll(url);
  await page.waitForFunction((count) => document.querySelectorAll("[data-test=capture]").length >= count, requests);
  for (const row of await page.locator("[data-test=capture]").all()) {
    await row.click();
    for (const tab of ["headers", "raw", "hex"]) {
      const button = page.locator(`[data-test=tab-${tab}]`);
      if (await button.count()) await press(page, button);
    }
  }
  await inert(page, "the tester");
  witness.holds("the tester");
  await context.close();
});

test("one line of a megabyte with escapes, directions and invisible signs is drawn as marks (H-08)", async () => {
  const { id } = world.captures.find((one) => one.body_bytes > 1_000_000);
  await look(`./#/inboxes/${world.target}/${id}`, "[data-test=capture-detail] [data-test=large-body]", async (page) => {
    const text = await page.textContent("[data-test=raw]");
    for (const mark of ["\u241b[2J", "\u27e8202E\u27e9", "\u27e8200B\u27e9"]) assert.ok(text.includes(mark), mark);
    assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/);
    await page.click("[data-test=open-all]");
    await page.waitForFunction(() => document.querySelector("[data-test=raw]").textContent.length > 1_000_000);
  });
});

/** Opens a place, does something there, and finds that nothing of it lives. @param holds text that must be shown: it is there, as text. */
async function look(address, ready, act, holds) {
  const { page, witness } = own;
  await page.goto("about:blank");
  await page.goto(new URL(address, server.origin).href);
  await page.waitForSelector(ready);
  if (holds) await page.waitForFunction((text) => document.querySelector("main").textContent.includes(text), holds);
  await act?.(page);
  await inert(page, address);
  witness.holds(address);
}

async function press(page, button) {
  await button.first().click();
  await inert(page, "after a press");
}

/** Goes through a long list, so that each of its rows was drawn. */
function scroll(page) {
  return page.evaluate(async () => {
    const list = document.querySelector("[data-test=list]");
    for (let top = 0; list && top < list.scrollHeight; top += list.clientHeight) {
      list.scrollTop = top;
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    }
  });
}

/** No script ran, and nothing stands in the page that a stranger's markup could have made. */
async function inert(page, where) {
  const found = await page.evaluate(() => {
    const wrong = [];
    if ("__xss" in window) wrong.push("a script ran");
    if ({}.polluted !== undefined) wrong.push("the prototype was polluted");
    for (const element of document.querySelectorAll("*")) {
      const name = element.localName;
      if (element.matches("img[src$='mark.svg']")) continue;
      if (
        [
          "iframe",
          "img",
          "object",
          "embed",
          "video",
          "audio",
          "base",
          "style",
          "template",
          "marquee",
          "math",
          "animate",
        ].includes(name)
      )
        wrong.push(`<${name}>`);
      for (const attribute of element.attributes) {
        if (attribute.name.startsWith("on") || attribute.name === "srcdoc")
          wrong.push(`${name} ${attribute.name}=${attribute.value.slice(0, 60)}`);
      }
      const address = element.getAttribute("href") ?? element.getAttribute("src") ?? element.getAttribute("action");
      if (address !== null && new URL(address, location.href).origin !== location.origin)
        wrong.push(`${name} leads to ${address.slice(0, 80)}`);
    }
    return wrong;
  });
  assert.deepEqual(found, [], where);
}
