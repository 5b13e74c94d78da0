// What a booking and a conversation allow and ring is what the server says: each button names the triggers that then ring.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, owner } from "../browser.mjs";
import { Deskbell } from "../deskbell.mjs";
import { book } from "../world.mjs";

let server, browser, page, witness;
before(async () => {
  server = await Deskbell.start();
  browser = await launch();
  ({ page, witness } = await owner(browser, server));
  const inbox = await server.call("POST", "inboxes", { name: "Front desk" });
  await server.call("POST", "webhooks", { name: "CRM sync", url: inbox.url, events: ["booking", "conversation"] });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What the button at hand would ring. */
async function hinted(action) {
  await page.hover(`[data-test=${action}]`);
  return page.locator("[data-test=hint] .trigger").allTextContents();
}
const rang = (type) => page.waitForSelector(`[data-test=rung][data-type="${type}"]`);
const isOff = (action) => page.waitForSelector(`[data-test=${action}][aria-disabled=true]`);

test("a booking is moved, takes place and is a no show, and each step rings what its button said", async () => {
  const { id } = await book(server, { name: "Marta Lindqvist", email: "marta@fjall.example" });
  await page.goto(`${server.origin}/#/bookings/${id}`);
  await isOff("act-no-show");
  assert.deepEqual(await hinted("act-reschedule"), ["booking.rescheduled"]);
  await page.click("[data-test=act-reschedule]");
  await page.locator("[data-test=slot]").first().click();
  await page.click("[data-test=do]");
  await rang("booking.rescheduled");

  assert.deepEqual(await hinted("act-complete"), ["booking.completed"]);
  await page.click("[data-test=act-complete]");
  await rang("booking.completed");
  await isOff("act-cancel");
  const { actions } = await server.call("GET", `bookings/${id}?expand=actions`);
  const { reason } = actions.find(({ name }) => name === "cancel");
  assert.ok((await page.textContent(".forbidden")).includes(`Cancel ${reason}`), reason);

  assert.deepEqual(await hinted("act-no-show"), ["booking.no_show"]);
  await page.click("[data-test=act-no-show]");
  await rang("booking.no_show");
  await isOff("act-no-show");
  witness.holds("a booking's life");
});

test("what somebody else does to the open booking is known to its buttons", async () => {
  const { id } = await book(server, { name: "Tomas Healy", email: "tomas@corrib.example" });
  await page.goto(`${server.origin}/#/bookings/${id}`);
  await page.waitForSelector("[data-test=act-cancel][aria-disabled=false]");
  await server.call("POST", `bookings/${id}/cancel`, { cancellation_reason: "The boiler broke" });
  await isOff("act-cancel");
  witness.holds("somebody else's step");
});

test("a conversation is answered and closed, and closing rings what its button said", async () => {
  const { id } = await server.call("POST", "conversations", {});
  await page.goto(`${server.origin}/#/bookings/${id}`);
  await page.fill("[data-test=answer-value]", "Noor Haddad");
  await page.click("[data-test=answer]");
  await page.waitForSelector(".talk-answers >> text=Noor Haddad");
  assert.deepEqual(await hinted("talk-close"), ["conversation.closed"]);
  await page.click("[data-test=talk-close]");
  await rang("conversation.closed");
  await isOff("talk-close");
  await page.waitForSelector("[data-test=answer]", { state: "detached" });
  witness.holds("a conversation");
});
