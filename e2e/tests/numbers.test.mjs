// What was sent is what is shown, found, compared and sent again: digits that no double holds, names in their order, one that
// stands twice (issue 13, 2).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, owner } from "../browser.mjs";
import { allTried, Deskbell, until } from "../deskbell.mjs";

/** Each is another text once it went through a double, or its names through an object of JavaScript. */
const DATA =
  '{"tracking_id":154284075601887489,"huge":36893488147419103233,"price":12.0,"share":1.50,"10":"ten","2":"two"}';
const NUMBERS = ["154284075601887489", "36893488147419103233", "12.0", "1.50"];

let server, browser, page, witness, inbox, delivery;
before(async () => {
  server = await Deskbell.start();
  inbox = await server.call("POST", "inboxes", { name: "Front desk" });
  await server.call("POST", "webhooks", { name: "CRM sync", url: inbox.url, events: ["booking"] });
  for (const data of [DATA.replace("12.0", "12"), DATA]) await post(`{"type":"booking.scheduled","data":${data}}`);
  [delivery] = await allTried(server, 2);
  browser = await launch();
  ({ page, witness } = await owner(browser, server));
  await page.goto(`${server.origin}/#/deliveries/${delivery.id}`);
  await page.waitForSelector("[data-test=sent] [data-test=json]");
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** As it is written: no JSON of JavaScript's. */
async function post(body) {
  const headers = { "API-Key": server.key, "content-type": "application/json" };
  const answer = await fetch(`${server.origin}/v2/events`, { method: "POST", headers, body });
  assert.ok(answer.ok, await answer.text());
}

test("the tree shows the digits and the order of names", async () => {
  const text = (await page.textContent("[data-test=sent] [data-test=json]")).replace(/\s/g, "");
  assert.ok(text.includes(DATA), text);
});

test("a value that is pressed is found", async () => {
  for (const number of NUMBERS) {
    await page.goto(`${server.origin}/#/deliveries/${delivery.id}`);
    await page.click(`[data-test=sent] [data-test=json] [role=button]:has-text("${number}")`);
    await page.waitForSelector(`[data-test=token]:has-text("${number}")`);
    await page.waitForSelector(`[data-test=delivery][data-id="${delivery.id}"]`);
    assert.equal(await page.locator("[data-test=nothing]").count(), 0, number);
  }
});

test("two bodies are compared as they were sent", async () => {
  await page.goto(`${server.origin}/#/deliveries/${delivery.id}`);
  await page.waitForFunction(() => document.querySelectorAll("[data-test=delivery]").length === 2);
  await page.click("[data-test=diff-open]");
  await page.waitForSelector("[data-test=diff]");
  assert.match(await page.textContent("[data-test=diff] .removed >> nth=-1"), /"price": 12,/);
  assert.match(await page.textContent("[data-test=diff] .added >> nth=-1"), /"price": 12\.0,/);
  await page.keyboard.press("Escape");
});

test("what is edited and sent again keeps them", async () => {
  await page.click("[data-test=edit-open]");
  const text = await page.inputValue("[data-test=edit-data]");
  assert.equal(text.replace(/\s/g, ""), DATA);
  await page.fill("[data-test=edit-data]", text.replace("1.50", "2.50"));
  await page.click("[data-test=edit-send]");
  const [arrived] = await until("it arrived", async () => {
    const found = await server.all(`inboxes/${inbox.id}/requests`);
    return found.length === 3 && found;
  });
  assert.ok(arrived.body.includes(`"data":${DATA.replace("1.50", "2.50")}`), arrived.body);
  await page.keyboard.press("Escape");
  witness.holds("reading numbers");
});

test("a name that stands twice is shown twice, and said to", async () => {
  await fetch(inbox.url, { method: "POST", body: '{"a":1,"b":2,"a":3}' });
  const [capture] = await server.all(`inboxes/${inbox.id}/requests`);
  await page.goto(`${server.origin}/#/inboxes/${inbox.id}/${capture.id}`);
  await page.waitForSelector("[data-test=capture-detail] [data-test=json]");
  const text = (await page.textContent("[data-test=capture-detail] [data-test=json]")).replace(/\s/g, "");
  assert.equal(text, '{"a":twice1,"b":2,"a":twice3}');
});
