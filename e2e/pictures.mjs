// The two pictures of the README, into docs/pictures: the first page after its four checks, and both sides of a delivery.
import { mkdir, writeFile } from "node:fs/promises";
import { launch, owner, SIZES } from "./browser.mjs";
import { Deskbell } from "./deskbell.mjs";
import { screens, visit } from "./screens.mjs";
import { furnish } from "./world.mjs";

const OUT = new URL("../docs/pictures/", import.meta.url);

/** Small enough for a repository: WebP, which only the browser's own protocol offers. */
async function picture(page, name) {
  await page.evaluate(() => document.fonts.ready);
  const protocol = await page.context().newCDPSession(page);
  const { data } = await protocol.send("Page.captureScreenshot", { format: "webp", quality: 86 });
  await writeFile(new URL(`${name}.webp`, OUT), Buffer.from(data, "base64"));
}

const server = await Deskbell.start();
const browser = await launch();
try {
  await mkdir(OUT, { recursive: true });
  const { page } = await owner(browser, server, { viewport: SIZES["1440"] });
  await page.emulateMedia({ colorScheme: "light" });
  await page.click("[data-test=ring]");
  await page.waitForSelector('[data-test=checks][data-passed="4"]');
  await picture(page, "start");
  const world = await furnish(server, page);
  await visit(
    page,
    server.origin,
    screens.find((screen) => screen.name === "delivery-pending"),
    world,
  );
  await picture(page, "deliveries");
} finally {
  await browser.close();
  await server.stop();
}
console.log("docs/pictures: start.webp, deliveries.webp");
