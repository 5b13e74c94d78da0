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

test("a booking is made on a page, paid, by an administrator, and where was chosen", async () => {
  await page.goto(`${server.origin}/#/bookings`);
  await page.click("[data-test=make-booking]");
  await page.locator("[data-test=slot]").first().click();
  await page.click("[data-test=more]");
  for (const test of ["place", "booking-page", "event-type", "master-page"]) {
    await page.waitForSelector(`[data-test=${test}] option >> nth=1`, { state: "attached" });
    await page.selectOption(`[data-test=${test}]`, { index: 1 });
  }
  await page.check("[data-test=paid]");
  await page.check("[data-test=by-administrator]");
  await page.click("[data-test=book]");
  await rang("booking.scheduled");
  const { data } = await server.call("GET", "bookings?limit=1");
  const [{ booking_page, event_type, master_page, payment_information, form_submission }] = data;
  const kinds = [booking_page, event_type, master_page].map((id) => id.split("-")[0]);
  assert.deepEqual([...kinds, payment_information.amount_charged, form_submission], ["BP", "ET", "MP", 4_500, null]);
  witness.holds("a booking with choices");
});

test("the sandbox's settings are changed, and the account is then as they say", async () => {
  await page.goto(`${server.origin}/#/bookings`);
  await page.click("[data-test=sandbox-settings]");
  await page.waitForSelector("[data-test=save-settings][aria-disabled=true]");
  await page.selectOption("[data-test=plan]", "no_api");
  await page.fill("[data-test=user-limit]", "0");
  await page.click("[data-test=save-settings]");
  await page.waitForSelector("[data-test=user-limit-error]");
  await page.fill("[data-test=user-limit]", "7");
  await page.click("[data-test=save-settings]");
  await page.waitForSelector("[data-test=dialog]", { state: "detached" });
  const { plan, user_limit, custom_field_library } = await server.call("GET", "sandbox/settings");
  assert.deepEqual([plan, user_limit, custom_field_library], ["no_api", 7, ["crm_id", "tier"]]);
  assert.equal((await fetch(`${server.origin}/v2/test`, { headers: { "API-Key": server.key } })).status, 403);
  // What was refused is in the browser's console too.
  witness.faults = witness.faults.filter((fault) => !fault.includes("status of 400"));
  witness.holds("the sandbox's settings");
});
