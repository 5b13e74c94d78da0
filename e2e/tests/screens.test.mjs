// Every screen in both themes and at three widths, against the real binary: nothing serious for axe, no error in the console, no
// report of the policy, no other host, nothing wider than the window (issue 4, 2).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import axe from "axe-core";
import { launch, owner, SIZES, THEMES, visitor } from "../browser.mjs";
import { Deskbell } from "../deskbell.mjs";
import { screens, visit } from "../screens.mjs";
import { furnish } from "../world.mjs";

let server, browser, world;
before(async () => {
  server = await Deskbell.start();
  browser = await launch();
  const { page, context, witness } = await owner(browser, server);
  world = await furnish(server, page);
  witness.holds("furnishing");
  await context.close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const [name, viewport] of Object.entries(SIZES)) {
  for (const signedOut of [false, true]) {
    test(`${signedOut ? "pages without a session" : "the dashboard's screens"} at ${name} pixels`, async (t) => {
      const open = signedOut ? visitor(browser, server.origin, { viewport }) : owner(browser, server, { viewport });
      const { page, context, witness } = await open;
      t.after(() => context.close());
      for (const screen of screens.filter((one) => !!one.signedOut === signedOut)) {
        await t.test(screen.name, async () => {
          await page.emulateMedia({ colorScheme: "light" });
          await visit(page, server.origin, screen, world);
          const wrong = [];
          for (const theme of THEMES) {
            await page.emulateMedia({ colorScheme: theme });
            wrong.push(...(await wide(page)), ...(await judge(page)).map((rule) => `${theme}: ${rule}`));
          }
          assert.equal(wrong.join("\n"), "");
          witness.holds(screen.name);
        });
      }
    });
  }
}

/** What sticks out of the window, when the page can be moved sideways. */
function wide(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const out = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1,
    );
    return [
      `${scrollWidth} px wide in a window of ${clientWidth}`,
      ...out.slice(0, 3).map((element) => element.outerHTML.slice(0, 120)),
    ];
  });
}

/** What axe calls serious or critical: the rule, and where. */
async function judge(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .slice(0, 3)
            .map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary.slice(0, 300)}`)
            .join(" | ")}`,
      );
  });
}
