// Measures the deliveries' screen at volume, and writes docs/evidence/page.md: with 50,000 deliveries and 200 events a second coming
// in, beside the same with 100 deliveries and nothing coming in (issue 13).
import { writeFile } from "node:fs/promises";
import http from "node:http";
import { cpus, loadavg } from "node:os";
import { launch, owner } from "./browser.mjs";
import { BINARY, Deskbell, until } from "./deskbell.mjs";

const FEW = Number(process.env.FEW ?? 100);
const MANY = Number(process.env.MANY ?? 50_000);
const A_SECOND = 200;
/** Events of one call while they come in. */
const TOGETHER = 10;
const TIMES = 20;
const WATCHED_SECONDS = 30;
const OUT = new URL("../docs/evidence/page.md", import.meta.url);

const p95 = (list) => [...list].sort((a, b) => a - b)[Math.ceil(list.length * 0.95) - 1];
const show = (value) => `${Math.round(value)} ms`;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A receiver that answers at once. */
const door = http.createServer((request, response) => request.resume().on("end", () => response.writeHead(204).end()));
await new Promise((resolve) => door.listen(0, "127.0.0.1", resolve));

const load = loadavg()[0].toFixed(1);
const browser = await launch();
const server = await Deskbell.start({
  settings: { DESKBELL_DELIVERY__ALLOW_HTTP: "true", DESKBELL_DELIVERY__ALLOW_ADDRESSES: "127.0.0.1/32" },
});
let [few, many, watched] = [];
try {
  for (const { id } of await server.all("webhooks")) await server.call("DELETE", `webhooks/${id}`);
  const url = `http://127.0.0.1:${door.address().port}/hook`;
  await server.call("POST", "webhooks", { name: "Takes all", url, events: ["booking"] });
  await fill(FEW);
  few = await measured();
  await fill(MANY);
  const stop = come();
  many = await measured();
  watched = await watch();
  stop();
} finally {
  await browser.close();
  door.close();
  await server.stop();
}

const rows = [
  ["The first list, from the navigation to its rows", few.list, many.list, 300],
  ["A filter, from Enter to its rows", few.filter, many.filter, 300],
  ["Opening a delivery, from the press to its body", few.open, many.open, 300],
].map(([what, before, now, limit]) => {
  const [a, b] = [p95(before), p95(now)];
  return {
    what,
    before: show(a),
    now: show(b),
    limit: `${limit} ms, else 1.5 times`,
    holds: b <= limit || b <= 1.5 * a,
  };
});
rows.push(
  {
    what: `The longest frame in ${WATCHED_SECONDS} s at the top of the list`,
    before: "",
    now: show(watched.frame),
    limit: "100 ms",
    holds: watched.frame <= 100,
  },
  {
    what: `The newest row behind the newest of the API, the most of ${watched.looks} looks`,
    before: "",
    now: show(watched.behind),
    limit: "2,000 ms",
    holds: watched.behind <= 2_000,
  },
);
const table = rows.map(
  ({ what, before, now, limit, holds }) =>
    `| ${what} | ${before} | ${now} | ${limit} | ${holds ? "held" : "**missed**"} |`,
);
await writeFile(
  OUT,
  `# The page at volume

Written by \`make page-volume\`: Chromium ${browser.version()}, headless and without a graphics card, on the same machine as the program's ${BINARY.includes("dist") ? "shipped" : "debug"} build, its events' sender and their receiver. The machine had ${cpus().length} cores, and ${load} tasks that wanted one when it began.

Each time is the 95th percentile of ${TIMES}. Beside it stands the same on the same machine with ${FEW} deliveries and nothing coming in. ${watched.came.toLocaleString("en")} events came in during the last ${WATCHED_SECONDS} s, of ${A_SECOND} a second.

| What | ${FEW} deliveries, at rest | ${MANY.toLocaleString("en")}, ${A_SECOND} events/s | Limit | |
| --- | --- | --- | --- | --- |
${table.join("\n")}

How each was measured stands in \`e2e/volume.mjs\`. A frame is the time between two calls of \`requestAnimationFrame\`.
`,
);
console.log(table.join("\n"));
if (rows.some(({ holds }) => !holds)) process.exitCode = 1;

function post(count, from) {
  const events = Array.from({ length: count }, (_, at) => ({
    type: (from + at) % 20 ? "booking.scheduled" : "booking.no_show",
    data: { object: "booking", form_submission: { name: `Guest ${from + at}` } },
  }));
  return server.call("POST", "events", { events });
}

/** So many deliveries, all of them settled. */
async function fill(count) {
  for (let made = fill.made ?? 0; made < count; made += 500) {
    await post(Math.min(500, count - made), made);
    fill.made = made + Math.min(500, count - made);
  }
  await until("every delivery was made", async () => {
    const { data } = await server.call("GET", "deliveries?status=pending&limit=1");
    return data.length === 0;
  });
}

/** Events come in until it is called. */
function come() {
  let [sent, on] = [0, true];
  const began = performance.now();
  void (async () => {
    while (on) {
      const due = Math.floor(((performance.now() - began) / 1_000) * A_SECOND);
      if (due - sent >= TOGETHER) {
        come.sent = sent += TOGETHER;
        await post(TOGETHER, sent);
      } else await sleep(5);
    }
  })();
  return () => {
    on = false;
  };
}

async function measured() {
  const { page, context } = await owner(browser, server);
  const times = { list: [], filter: [], open: [] };
  await page.addInitScript(() => {
    /** When the page first looks so, drawn. */
    window.looks = (is) =>
      new Promise((resolve) => {
        const look = () => {
          if (!is()) return requestAnimationFrame(look);
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
        };
        look();
      });
    window.listed = window.looks(() => document.querySelector("[data-test=delivery]"));
  });
  for (let time = 0; time < TIMES; time++) {
    await page.goto("about:blank");
    await page.goto(`${server.origin}/#/deliveries`);
    times.list.push(await page.evaluate(() => window.listed));
    await page.waitForSelector("[data-test=connection][data-state=live]");
    times.filter.push(
      await page.evaluate(async () => {
        const box = document.querySelector("[data-test=search]");
        box.focus();
        box.value = "type:booking.no_show";
        box.dispatchEvent(new InputEvent("input", { bubbles: true }));
        await new Promise((resolve) => requestAnimationFrame(resolve));
        const began = performance.now();
        box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
        const rows = () => [...document.querySelectorAll("[data-test=delivery]")];
        const done = await window.looks(
          () =>
            location.hash.includes("no_show") &&
            rows().length > 0 &&
            rows().every((row) => row.textContent.includes("no_show")),
        );
        return done - began;
      }),
    );
    times.open.push(
      await page.evaluate(async () => {
        const row = document.querySelector("[data-test=delivery]");
        const began = performance.now();
        row.click();
        const done = await window.looks(() => document.querySelector("[data-test=detail] [data-test=json]"));
        return done - began;
      }),
    );
  }
  await context.close();
  return times;
}

/** The reader stays at the top, and the rows come. */
async function watch() {
  const { page, context } = await owner(browser, server);
  await page.waitForSelector("[data-test=delivery]");
  await page.evaluate(() => {
    window.longest = 0;
    let before = performance.now();
    const frame = (now) => {
      window.longest = Math.max(window.longest, now - before);
      before = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const came = come.sent;
  let [behind, looks] = [0, 0];
  for (const end = performance.now() + WATCHED_SECONDS * 1_000; performance.now() < end; looks++) {
    const { data } = await server.call("GET", "deliveries?limit=1");
    const top = await page.evaluate(() => document.querySelector("[data-test=delivery]")?.dataset.id);
    const shown = await server.call("GET", `deliveries/${top}`);
    behind = Math.max(behind, Date.parse(data[0].creation_time) - Date.parse(shown.creation_time));
    await sleep(200);
  }
  const frame = await page.evaluate(() => window.longest);
  await context.close();
  return { frame, behind, looks, came: come.sent - came };
}
