// What tests of verdicts do again and again: send an event until it was tried, and read what the page says.
import assert from "node:assert/strict";
import { until } from "./deskbell.mjs";

/** A delivery of a new event to the webhook, once it was tried so often. */
export async function send(server, webhook, attempts = 1) {
  const { id } = await server.call("POST", "events", { type: "booking.scheduled", data: { guest: "Marta Lindqvist" } });
  return until(`${webhook.name} was tried`, async () => {
    const { data } = await server.call("GET", `deliveries?event=${id}&webhook=${webhook.id}`);
    return data[0]?.attempts >= attempts && !data[0].in_flight && data[0].id;
  });
}

/** What the page says there, once it does. */
export async function says(page, test, pattern) {
  const text = () => page.evaluate((test) => document.querySelector(`[data-test=${test}]`)?.textContent ?? "", test);
  try {
    await page.waitForFunction(
      ([test, source]) => new RegExp(source).test(document.querySelector(`[data-test=${test}]`)?.textContent ?? ""),
      [test, pattern.source],
    );
  } catch {
    assert.match(await text(), pattern, test);
  }
}
