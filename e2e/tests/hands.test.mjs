// What hands do: the keyboard, copying on plain http, and the dashboard below another path of a proxy, under a name of its own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, owner, visitor } from "../browser.mjs";
import { Deskbell } from "../deskbell.mjs";
import { below } from "../proxy.mjs";
import { furnish } from "../world.mjs";

/** A name that is not this machine's own: a page there is no secure context, as on a LAN. */
const NAME = "deskbell.lan.example";

let server, browser, proxy, own, world;
before(async () => {
  server = await Deskbell.start();
  browser = await launch([`--host-resolver-rules=MAP ${NAME} 127.0.0.1`]);
  own = await owner(browser, server);
  world = await furnish(server, own.page);
  proxy = await below(server.origin);
});
after(async () => {
  await browser?.close();
  proxy?.close();
  await server?.stop();
});

test("the keyboard moves through the list, opens, leaves, searches and goes elsewhere", async () => {
  const { page, witness } = own;
  const hash = (pattern) => page.waitForFunction((text) => new RegExp(text).test(location.hash), pattern.source);
  const open = () =>
    page.evaluate(() => document.querySelector("[data-test=delivery][aria-current=true]")?.dataset.id ?? null);
  const opens = (id) => page.waitForSelector(`[data-test=delivery][aria-current=true][data-id="${id}"]`);
  // The first page stays until it is left.
  await page.goto("about:blank");
  await page.goto(`${server.origin}/#/deliveries`);
  await page.waitForSelector("[data-test=delivery]");
  const [first, second] = await page.evaluate(() =>
    [...document.querySelectorAll("[data-test=delivery]")].map((row) => row.dataset.id),
  );

  await page.keyboard.press("j");
  await hash(new RegExp(first));
  await opens(first);
  await page.keyboard.press("j");
  await hash(new RegExp(second));
  await opens(second);
  await page.keyboard.press("k");
  await hash(new RegExp(first));
  await opens(first);
  await page.waitForSelector("[data-test=detail]");
  await page.keyboard.press("Control+j");
  assert.equal(await open(), first, "never with a modifier");
  await page.keyboard.press("Escape");
  await hash(/^#\/deliveries$/);
  await page.focus(`[data-id=${second}]`);
  await page.keyboard.press("Enter");
  await hash(new RegExp(second));
  await opens(second);

  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.test), "search");
  await page.keyboard.type("jk?");
  assert.equal(await open(), second, "letters in a field are text");
  await page.fill("[data-test=search]", "");
  await page.evaluate(() => document.activeElement.blur());

  await page.keyboard.press("?");
  await page.waitForSelector("[data-test=dialog]");
  await page.keyboard.press("Escape");
  await page.waitForSelector("[data-test=dialog]", { state: "detached" });
  // The two letters belong together for a second, which a slow machine may need for each: for them the page's clock stands.
  await page.clock.setFixedTime(Date.now());
  for (const [letter, place] of [
    ["e", "events"],
    ["w", "webhooks"],
    ["i", "inboxes"],
    ["b", "bookings"],
    ["o", "operator"],
    ["d", "deliveries"],
  ]) {
    await page.keyboard.press("g");
    await page.keyboard.press(letter);
    await hash(new RegExp(`^#/${place}$`));
  }
  witness.holds("the keyboard");
});

test("below a path of a proxy, on plain http: signing in, the page, the stream, and copying", async () => {
  const origin = `http://${NAME}:${proxy.port}`;
  const base = `${origin}${proxy.front}`;
  const { page, context, witness } = await visitor(browser, origin);

  // By password, as from another machine: the account is made on the page itself.
  await page.goto(`${base}/sign-up`);
  await page.fill("[name=email]", "yuki@hoshi.example");
  await page.fill("[name=password]", "a long enough password");
  await page.click("button[type=submit], button:not([type])");
  await page.waitForSelector("[data-test=connection][data-state=live]");
  assert.equal(new URL(page.url()).pathname, `${proxy.front}/`);
  assert.equal(await page.evaluate(() => isSecureContext), false);
  assert.equal(await page.evaluate(() => typeof navigator.clipboard), "undefined");

  // The stream: a booking is heard.
  await page.click("[data-test=ring]");
  await page.waitForSelector('[data-test=checks][data-passed="4"]');
  for (const place of ["webhooks", "inboxes", "bookings", "keys", "deliveries"]) {
    await page.goto(`${base}/#/${place}`);
    await page.waitForSelector("main h1");
  }

  // Copying: what was copied is what can be pasted.
  await page.goto(`${base}/#/inboxes`);
  const row = page.locator("[data-test=inbox]").first();
  // It says so for a moment only: who waits for it has to look before.
  await Promise.all([row.locator("[data-test=copy].done").waitFor(), row.locator("[data-test=copy]").click()]);
  await page.click("[data-test=inbox-new]");
  await page.focus("[data-test=inbox-name]");
  await page.keyboard.press("Control+v");
  assert.match(await page.inputValue("[data-test=inbox-name]"), /^http:\/\/\S+\/in\/\S+$/);
  await page.keyboard.press("Escape");

  await page.click("[data-test=menu-Account]");
  await page.click("[data-test=sign-out]");
  await page.waitForURL(`${base}/sign-in`);
  await page.fill("[name=email]", "yuki@hoshi.example");
  await page.fill("[name=password]", "a long enough password");
  await page.click("button[type=submit], button:not([type])");
  await page.waitForSelector("[data-test=connection][data-state=live]");
  witness.holds("below a path");
  await context.close();
});

test("no request names a secret: tokens stand in no path, no query and no referrer (H-12)", async () => {
  const { page, context, witness } = await owner(browser, server);
  for (const place of [
    "webhooks",
    `webhooks/${world.webhook}`,
    `inboxes/${world.inbox}/${world.signed}`,
    `deliveries/${world.delivered}`,
    "keys",
  ]) {
    await page.goto(`${server.origin}/#/${place}`);
    await page.waitForSelector("main h1, main h2");
  }
  await page.goto(world.share);
  const cookie = (await context.cookies()).find(({ name }) => name === "deskbell");
  assert.ok(cookie.httpOnly && cookie.sameSite === "Strict", JSON.stringify(cookie));
  const token = new URL(server.enter).searchParams.get("token");
  const [enter, ...others] = witness.requests;
  assert.ok(enter.url.includes(token), "the link is the one place for its token");
  for (const { url, referrer } of others) {
    for (const secret of [token, cookie.value, server.key]) assert.ok(!url.includes(secret), url);
    assert.ok(!referrer, `${url} from ${referrer}`);
  }
  witness.holds("reading about");
  await context.close();

  // The anonymous tester's token stands behind the hash alone.
  const stranger = await visitor(browser, server.origin);
  await stranger.page.goto(`${server.origin}/tester`);
  await stranger.page.waitForSelector("[data-test=tester-url]");
  const read = await stranger.page.evaluate(() => location.hash.slice(1));
  assert.ok(read.length >= 22, read);
  const arrived = await fetch(await stranger.page.textContent("[data-test=tester-url]"), {
    method: "POST",
    body: "hello",
  });
  assert.equal(arrived.status, 200);
  await stranger.page.waitForSelector("[data-test=capture]");
  for (const { url, referrer } of stranger.witness.requests.slice(1))
    assert.ok(!url.includes(read) && !referrer?.includes(read), url);
  stranger.witness.holds("the tester");
  await stranger.context.close();
});
