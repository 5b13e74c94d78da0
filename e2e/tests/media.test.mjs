// A tester that needs no other: what anybody posts is shown as what it is; it is found, sent again by a command, and counted in the
// title while nobody looks (issue 13).
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { launch, owner } from "../browser.mjs";
import { Deskbell } from "../deskbell.mjs";
import { png } from "../png.mjs";

let server, browser, context, page, witness, inbox;
before(async () => {
  server = await Deskbell.start();
  inbox = await server.call("POST", "inboxes", { name: "Anything" });
  browser = await launch();
  ({ context, page, witness } = await owner(browser, server));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Sends it, opens what was captured, and gives its id. */
async function post(body, headers, path = "") {
  const answer = await fetch(`${inbox.url}${path}`, { method: "POST", body, headers });
  assert.equal(answer.status, 200);
  const [{ id }] = await server.all(`inboxes/${inbox.id}/requests`);
  await page.goto(`${server.origin}/#/inboxes/${inbox.id}/${id}`);
  await page.waitForSelector(`[data-test=capture][aria-current=true][href$="${id}"]`);
  await page.waitForSelector("[data-test=captured-body]");
  return id;
}

const rows = (table) =>
  page.evaluate(
    (table) =>
      [...document.querySelectorAll(`[data-test=${table}] tr`)].map((row) =>
        [...row.children].map((cell) => cell.textContent),
      ),
    table,
  );

test("a form and a query are tables", async () => {
  await post(
    "b=two+words&a=%C3%A9&b=",
    { "content-type": "application/x-www-form-urlencoded" },
    "/lobby?floor=3&to=%3Cb%3E",
  );
  assert.deepEqual(await rows("pairs"), [
    ["floor", "3"],
    ["to", "<b>"],
    ["b", "two words"],
    ["a", "é"],
    ["b", ""],
  ]);
  assert.doesNotMatch(await page.textContent("[data-test=capture-verdict]"), /signature/i);
});

test("one request is deleted, after a second word, and the others stay", async () => {
  const [stays, goes] = [await post("stays"), await post("goes")];
  await page.click("[data-test=capture-delete]");
  await page.click("[data-test=capture-delete-it]");
  await page.waitForSelector(`[data-test=capture][href$="${goes}"]`, { state: "detached" });
  await page.getByText("This request is no longer kept.").waitFor();
  const kept = (await server.all(`inboxes/${inbox.id}/requests`)).map(({ id }) => id);
  assert.deepEqual([kept.includes(stays), kept.includes(goes)], [true, false]);
});

test("multipart is a table of its parts, with its files, and a picture is drawn", async () => {
  const form = new FormData();
  form.append("note", "By the window");
  form.append("photo", new Blob([png(32, 16)], { type: "image/png" }), "../lobby.png");
  await post(form);
  const [note, photo] = await rows("parts");
  assert.deepEqual(note, ["note", "By the window"]);
  assert.match(photo[1], /lobby\.png image\/png, [\d,]+ bytes Download32 × 16 $/, "told and saved in one place");
  await page.waitForFunction(() => document.querySelector("[data-test=picture] canvas")?.width === 32);
});

test("a picture is drawn and no markup is: SVG and HTML stand as their source", async () => {
  await post(png(20, 10), { "content-type": "text/html" });
  await page.waitForFunction(() => document.querySelector("[data-test=picture] canvas")?.width === 20);
  for (const [type, body] of [
    [
      "image/svg+xml",
      '<svg xmlns="http://www.w3.org/2000/svg" onload="window.__xss=1"><script>window.__xss=1</script></svg>',
    ],
    ["text/html", "<h1>Hello</h1><img src=x onerror=window.__xss=1>"],
    ["application/xml", '<?xml version="1.0"?><soap:Envelope><soap:Body/></soap:Envelope>'],
  ]) {
    await post(body, { "content-type": type });
    await page.waitForFunction((body) => document.querySelector("[data-test=raw]")?.textContent === body, body);
  }
  assert.equal(await page.evaluate(() => "__xss" in window), false);
});

test("a picture that would take the page's memory is told, and not drawn", async () => {
  const bomb = png(8, 8);
  bomb.writeUInt32BE(60_000, 16);
  bomb.writeUInt32BE(60_000, 20);
  await post(bomb, { "content-type": "image/png" });
  await page.waitForSelector('[data-test=picture]:has-text("too large to be drawn")');
  assert.equal(await page.locator("[data-test=picture] canvas").count(), 0);
});

test("what is packed is unpacked, and text is read by its charset", async () => {
  await post(gzipSync('{"packed":12.0}'), { "content-type": "application/json", "content-encoding": "gzip" });
  await page.waitForSelector("[data-test=unpacked]");
  assert.match((await page.textContent("[data-test=json]")).replace(/\s/g, ""), /^\{"packed":12\.0\}$/);
  await post(Buffer.from("caf\xe9 cr\xe8me", "latin1"), { "content-type": "text/plain; charset=iso-8859-1" });
  await page.waitForFunction(() => document.querySelector("[data-test=raw]")?.textContent === "café crème");
});

test("a body packed with brotli is unpacked where the browser can, and otherwise told to be packed", async () => {
  await post(brotliCompressSync('{"packed":12.0}'), { "content-type": "application/json", "content-encoding": "br" });
  const can = await page.evaluate(() => {
    try {
      return !!new DecompressionStream("brotli");
    } catch {
      return false;
    }
  });
  const said = await page.textContent(`[data-test=${can ? "unpacked" : "still-packed"}]`);
  assert.match(said, can ? /^br: / : /^It is packed with brotli, which this browser does not unpack/);
});

test("bytes that are no text stand in hex", async () => {
  await post(Buffer.from([0, 1, 2, 255]), { "content-type": "application/octet-stream" });
  await page.waitForSelector("[data-test=captured-body] .hex-line");
  assert.match(await page.textContent("[data-test=captured-body] .hex-line"), /00 01 02 ff/);
});

test("a body that is broken off or misnamed is shown as far as it goes, and told", async () => {
  const type = "multipart/form-data; boundary=x";
  await post('--x\r\ncontent-disposition: form-data; name="note"\r\n\r\nBy the', { "content-type": type });
  assert.deepEqual(await rows("parts"), [["note", "By theThe body ends before this part does."]]);
  const says = async (body, contentType) => {
    await post(body, { "content-type": contentType });
    return page.textContent("[data-test=captured-body]");
  };
  assert.match(await says("By the window.", "text/plain; charset=klingon"), /klingon.*read as UTF-8.*By the window\./);
  assert.match(await says('{"a":[1', "application/json"), /cannot be read as JSON.*\{"a":\[1/);
});

test("a text of another charset is read by it in its row, raw, and by the search", async () => {
  await post(Buffer.from("na\xefve caf\xe9", "latin1"), { "content-type": "text/plain; charset=iso-8859-1" });
  assert.equal(await page.textContent("[data-test=capture][aria-current=true] .row-value"), "naïve café");
  await page.click("[data-test=capture-detail] [data-test=tab-raw]");
  assert.equal(await page.textContent("[data-test=capture-detail] [data-test=raw]"), "naïve café");
  await page.fill("[data-test=capture-find]", "naïve");
  await page.waitForFunction(() => document.querySelectorAll("[data-test=capture]").length === 1);
  await page.fill("[data-test=capture-find]", "");
  await page.click("[data-test=capture-detail] [data-test=tab-tree]");
});

test("a long list is open, its first two hundred", async () => {
  await post(JSON.stringify(Array.from({ length: 300 }, (_, n) => n)), { "content-type": "application/json" });
  await page.waitForSelector('[data-test=json]:has-text("100 more, show 100")');
});

test("a request is found in its inbox by any of its texts", async () => {
  await post("needle in it", { "x-bell": "Brass" });
  const before = await page.locator("[data-test=capture]").count();
  assert.ok(before > 5);
  for (const letters of ["needle", "x-bell: brass"]) {
    await page.fill("[data-test=capture-find]", letters);
    await page.waitForFunction(() => document.querySelectorAll("[data-test=capture]").length === 1);
  }
  await page.fill("[data-test=capture-find]", "");
  await page.waitForFunction((count) => document.querySelectorAll("[data-test=capture]").length === count, before);
});

test("copied as curl, it comes again byte for byte", async () => {
  const body = "it's $HOME\nand `more`";
  await post(body, { "content-type": "text/plain", "x-quote": "it's" }, "/again?a='b'");
  await page.evaluate(() => {
    navigator.clipboard.writeText = async (text) => {
      window.copied = text;
    };
  });
  await page.click('[data-test=capture-detail] [data-test=copy]:has-text("Copy as curl")');
  await page.waitForFunction(() => window.copied);
  await promisify(execFile)("sh", ["-c", await page.evaluate(() => window.copied)]);
  const [again, first] = await server.all(`inboxes/${inbox.id}/requests`);
  assert.deepEqual([again.body, again.path, again.method], [body, first.path, "POST"]);
  const quote = ({ headers }) => headers.find(({ name }) => name.toLowerCase() === "x-quote").value;
  assert.equal(quote(again), "it's");
});

test("a note is written beside a request, found by, and taken away", async () => {
  const id = await post("the one that came twice", { "content-type": "text/plain" });
  const row = `[data-test=capture][href$="${id}"]`;
  await page.click("[data-test=note-edit]");
  await page.fill("[data-test=note-text]", "n".repeat(501));
  assert.equal(
    await page.getAttribute("[data-test=note-save]", "aria-disabled"),
    "true",
    "it is told before it is sent",
  );
  await page.fill("[data-test=note-text]", "Ask Priya\n<b>on Monday</b>");
  await page.keyboard.press("Control+Enter");
  await page.waitForSelector("[data-test=note]");
  assert.equal(await page.textContent("[data-test=note]"), "Ask Priya\n<b>on Monday</b>");
  assert.match(await page.textContent(row), /Ask Priya/);
  await page.fill("[data-test=capture-find]", "ask priya");
  await page.waitForFunction(() => document.querySelectorAll("[data-test=capture]").length === 1);
  await page.waitForSelector(row);
  await page.reload();
  await page.waitForSelector("[data-test=note]");
  await page.click("[data-test=note-edit]");
  await page.fill("[data-test=note-text]", "");
  await page.click("[data-test=note-save]");
  // While it is written nothing is read: only the closed editor says that it was saved.
  await page.waitForSelector('[data-test=note-edit]:has-text("Write a note")');
  assert.equal((await server.call("GET", `inboxes/${inbox.id}/requests/${id}`)).note, null);
  witness.holds("a note");
});

test("what comes while nobody looks is counted in the title", async () => {
  await page.goto(`${server.origin}/#/inboxes/${inbox.id}`);
  await page.waitForFunction(() => document.title === "Anything · Deskbell");
  const hide = (hidden) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  for (let number = 0; number < 2; number++) await fetch(inbox.url, { method: "POST", body: "ping" });
  await page.waitForFunction(() => document.title === "(2) Anything · Deskbell");
  await hide(false);
  await page.waitForFunction(() => document.title === "Anything · Deskbell");
  witness.holds("the tester");
});

test("what comes is told by a sound and a notification, by choice alone", async () => {
  const other = await context.newPage();
  await other.addInitScript(() => {
    window.told = [];
    window.sounds = 0;
    window.ended = 0;
    window.Notification = class extends EventTarget {
      static requestPermission = async () => "granted";
      constructor(title, { body }) {
        super();
        window.told.push([title, body]);
      }
    };
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
      window.sounds += 1;
      this.addEventListener("ended", () => (window.ended += 1));
      return start.apply(this, when);
    };
    Object.defineProperty(document, "hidden", { get: () => window.away === true });
  });
  // Of a few: of a long list only the rows in sight exist.
  const few = await server.call("POST", "inboxes", { name: "Anything" });
  await fetch(few.url, { method: "POST", body: "first" });
  await other.goto(`${server.origin}/#/inboxes/${few.id}`);
  await other.waitForSelector("[data-test=capture]");
  const knock = async () => {
    const before = await other.locator("[data-test=capture]").count();
    await fetch(few.url, { method: "POST", body: "knock" });
    await other.waitForFunction((before) => document.querySelectorAll("[data-test=capture]").length > before, before);
  };
  await other.evaluate(() => (window.away = true));
  await knock();
  assert.deepEqual(await other.evaluate(() => [window.told, window.sounds]), [[], 0], "nothing unless it was chosen");
  for (const which of ["sound", "notification"]) {
    await other.click(".inbox-head [data-test=menu-More]");
    await other.click(`[data-test=tell-${which}]`);
  }
  // One tone is on at a time: the next is heard when it has ended.
  await other.waitForFunction(() => window.told.length === 1 && window.sounds === 1 && window.ended === 1, null);
  await knock();
  await other.waitForFunction(() => window.told.length === 2 && window.sounds === 2 && window.ended === 2, null);
  assert.deepEqual(await other.evaluate(() => window.told[1]), ["Anything", "A request came."]);
  await other.evaluate(() => (window.away = false));
  await knock();
  await other.waitForFunction(() => window.sounds === 3, null);
  assert.equal(await other.evaluate(() => window.told.length), 2, "whoever looks at the page sees it come");
  await other.close();
});
