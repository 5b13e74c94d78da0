// Pictures of every screen in both themes, and of the main ones on a phone, into target/screenshots.
import { mkdir, rm } from "node:fs/promises";
import { launch, owner, SIZES, THEMES, visitor } from "./browser.mjs";
import { Deskbell } from "./deskbell.mjs";
import { screens, visit } from "./screens.mjs";
import { furnish } from "./world.mjs";

const OUT = new URL("../target/screenshots/", import.meta.url);

const server = await Deskbell.start();
const browser = await launch();
let taken = 0;
try {
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  const first = await owner(browser, server);
  const world = await furnish(server, first.page);
  await first.context.close();
  for (const width of ["1440", "390"]) {
    for (const signedOut of [false, true]) {
      const { page, context } = await (signedOut ? visitor : owner)(browser, signedOut ? server.origin : server, {
        viewport: SIZES[width],
      });
      for (const screen of screens.filter((one) => !!one.signedOut === signedOut && (width === "1440" || one.main))) {
        await page.emulateMedia({ colorScheme: "light" });
        await visit(page, server.origin, screen, world);
        await page.evaluate(() => document.fonts.ready);
        for (const theme of THEMES) {
          await page.emulateMedia({ colorScheme: theme });
          await page.screenshot({ path: new URL(`${screen.name}-${width}-${theme}.png`, OUT).pathname });
          taken++;
        }
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
console.log(`${taken} pictures in target/screenshots`);
