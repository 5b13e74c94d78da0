// Every screen, one line each: its name, its address in an instance that `furnish` filled, what shows that it is there, and
// what to press before it is looked at. A new screen is a new line: tests, checks of access and pictures follow from it.

/** @typedef {{ name: string, at: (world: object) => string, ready: string, press?: string[], signedOut?: boolean, main?: boolean }} Screen */

/** @type {Screen[]} */
export const screens = [
  { name: "start", at: () => "./#/start", ready: "[data-test=checks]", main: true },
  { name: "deliveries", at: () => "./#/deliveries", ready: "[data-test=delivery]", main: true },
  { name: "deliveries-search", at: () => "./#/deliveries?q=type%3Abooking.canceled", ready: "[data-test=delivery]" },
  { name: "deliveries-nothing", at: () => "./#/deliveries?q=status%3A418", ready: "[data-test=nothing]" },
  {
    name: "delivery",
    at: (world) => `./#/deliveries/${world.delivered}`,
    ready: "[data-test=detail] [data-test=spine]",
    main: true,
  },
  { name: "delivery-pending", at: (world) => `./#/deliveries/${world.pending}`, ready: "[data-test=attempt-due]" },
  {
    name: "delivery-over",
    at: (world) => `./#/deliveries/${world.over}`,
    ready: "[data-test=detail][data-status=cancelled]",
  },
  {
    name: "delivery-share",
    at: (world) => `./#/deliveries/${world.delivered}`,
    ready: "[data-test=share-open]",
    press: ["[data-test=share-open]", "[data-test=dialog]"],
  },
  {
    name: "delivery-diff",
    at: (world) => `./#/deliveries/${world.delivered}`,
    ready: "[data-test=diff-open]",
    press: ["[data-test=diff-open]", "[data-test=diff]"],
  },
  { name: "events", at: () => "./#/events", ready: "[data-test=event]", main: true },
  { name: "calls", at: () => "./#/events/calls", ready: "[data-test=call]" },
  { name: "webhooks", at: () => "./#/webhooks", ready: "[data-test=webhook]", main: true },
  { name: "webhook-new", at: () => "./#/webhooks?new=1", ready: "[data-test=dialog]" },
  { name: "webhook", at: (world) => `./#/webhooks/${world.webhook}`, ready: "[data-test=health-card]", main: true },
  { name: "inboxes", at: () => "./#/inboxes", ready: "[data-test=inbox]" },
  { name: "inbox", at: (world) => `./#/inboxes/${world.inbox}`, ready: "[data-test=capture]", main: true },
  { name: "capture", at: (world) => `./#/inboxes/${world.inbox}/${world.signed}`, ready: "[data-test=capture-detail]" },
  {
    name: "capture-note",
    at: (world) => `./#/inboxes/${world.inbox}/${world.unsigned}`,
    ready: "[data-test=note-edit]",
    press: ["[data-test=note-edit]", "[data-test=note-text]"],
  },
  {
    name: "inbox-doctor",
    at: (world) => `./#/inboxes/${world.inbox}/${world.signed}`,
    ready: "[data-test=tab-doctor]",
    press: ["[data-test=tab-doctor]", "[data-test=doctor]"],
  },
  {
    name: "inbox-script",
    at: (world) => `./#/inboxes/${world.flaky}`,
    ready: "[data-test=inbox-screen]",
    press: ["[data-test=tab-script]:visible", "[data-test=script]"],
  },
  { name: "bookings", at: () => "./#/bookings", ready: "[data-test=booking]", main: true },
  { name: "booking", at: (world) => `./#/bookings/${world.booking}`, ready: "[data-test=booking-open]" },
  {
    name: "booking-make",
    at: () => "./#/bookings",
    ready: "[data-test=booking]",
    press: ["[data-test=make-booking]", "[data-test=slot]"],
  },
  { name: "conversation", at: (world) => `./#/bookings/${world.conversation}`, ready: "[data-test=conversation-open]" },
  {
    name: "conversation-start",
    at: () => "./#/bookings",
    ready: "[data-test=booking]",
    press: ["[data-test=start-conversation]", "[data-test=dialog]"],
  },
  {
    name: "sandbox-settings",
    at: () => "./#/bookings",
    ready: "[data-test=booking]",
    press: ["[data-test=sandbox-settings]", "[data-test=plan]"],
  },
  {
    name: "why",
    at: (world) => `./#/why?event=${world.event}&webhook=${world.webhook}`,
    ready: "[data-test=sentence]",
    main: true,
  },
  {
    name: "why-not",
    at: (world) => `./#/why?event=${world.event}&webhook=${world.deaf}`,
    ready: "[data-test=sentence]",
  },
  { name: "why-asked", at: () => "./#/why", ready: "[data-test=why]" },
  { name: "operator", at: () => "./#/operator", ready: "[data-test=neighbour][data-of=account]", main: true },
  { name: "operator-week", at: () => "./#/operator?range=week", ready: "[data-test=range-week][aria-current=true]" },
  { name: "keys", at: () => "./#/keys", ready: "[data-test=key]", main: true },
  { name: "key-sheet", at: () => "./#/webhooks", ready: "[data-test=webhook]", press: ["?", "[data-test=dialog]"] },
  { name: "not-here", at: () => "./#/nowhere", ready: "main h1, main .empty" },
  { name: "share", at: (world) => world.share, ready: "main", signedOut: true, main: true },
  { name: "tester", at: () => "./tester", ready: "[data-test=tester-url]", signedOut: true, main: true },
  { name: "sign-in", at: () => "./sign-in", ready: "form", signedOut: true },
  { name: "sign-up", at: () => "./sign-up", ready: "form", signedOut: true },
];

/** Opens it anew, as a link would, and presses what is to be pressed. */
export async function visit(page, origin, screen, world) {
  // A new address behind the hash alone would keep the page, and what was open in it.
  await page.goto("about:blank");
  await page.goto(new URL(screen.at(world), origin).href);
  await page.waitForSelector(screen.ready);
  if (!screen.signedOut) await page.waitForSelector("[data-test=connection][data-state=live]", { state: "attached" });
  const [press, then] = screen.press ?? [];
  if (!press) return;
  if (press.length === 1) await page.keyboard.press(press);
  // What a wide window shows at once needs no press.
  else if (press.endsWith(":visible") && (await page.locator(press).count()) === 0) await page.waitForSelector(then);
  else await page.click(press);
  await page.waitForSelector(then);
}
