// An instance with something of everything, so that no screen stands empty: made through the public API alone.

import { callInPage } from "./browser.mjs";
import { allTried } from "./deskbell.mjs";

/** @param page a signed-in page: keys and shares are for sessions. Returns the ids that the screens' addresses need. */
export async function furnish(server, page) {
  const inbox = await server.call("POST", "inboxes", { name: "Front desk" });
  const flaky = await server.call("POST", "inboxes", {
    name: "Night porter",
    answers: [
      { status: 500, body: '{"error":"asleep"}' },
      { status: 204, delay_ms: 200 },
    ],
  });
  const gone = await server.call("POST", "inboxes", { name: "Old annexe", answers: [{ status: 410 }] });
  const webhook = await server.call("POST", "webhooks", {
    name: "CRM sync",
    url: inbox.url,
    events: ["booking", "conversation"],
  });
  await server.call("POST", "webhooks", { name: "Night porter", url: flaky.url, events: ["booking.canceled"] });
  const deaf = await server.call("POST", "webhooks", {
    name: "Old annexe",
    url: gone.url,
    events: ["conversation.closed"],
  });

  const booking = await book(server, {
    name: "Marta Lindqvist",
    email: "marta@fjall.example",
    note: "By the window, if it rains.",
  });
  await book(server, { name: "Yuki Tanaka", email: "yuki@hoshi.example" });
  const canceled = await book(server, { name: "Tomas Healy", email: "tomas@corrib.example" });
  await server.call("POST", `bookings/${canceled.id}/cancel`, { cancellation_reason: "The boiler broke" });
  const conversation = await converse(server, "Someone at the door");
  await fetch(`${inbox.url}/lobby?floor=3`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-bell": "brass" },
    body: '{"hello":"desk"}',
  });

  // A program that mistypes: refused, with a trace.
  await server.ask("POST", "events", { type: "booking.cancelled", data: {} });
  await slow(await server.neighbour("annexe@hotel.example"));

  await callInPage(page, "POST", "keys", { name: "CI" });
  const deliveries = await allTried(server, 8);
  const delivered = deliveries.find(
    (one) => one.status === "delivered" && one.webhook === webhook.id && one.subject === booking.id,
  );
  const pending = deliveries.find((one) => one.status === "pending");
  const over = deliveries.find((one) => one.status === "cancelled");
  const captures = await server.all(`inboxes/${inbox.id}/requests`);
  const [signed, unsigned] = [true, false].map((ours) => captures.find((one) => !!one.delivery_of === ours));
  const note = "Priya: the guest wants the room by the window,\nsee the ticket of Monday.";
  await server.call("PATCH", `inboxes/${inbox.id}/requests/${signed.id}`, { note });
  const share = await callInPage(page, "POST", "shares", { delivery: delivered.id });
  return {
    inbox: inbox.id,
    flaky: flaky.id,
    webhook: webhook.id,
    booking: booking.id,
    event: delivered.event,
    share: share.url,
    conversation: conversation.id,
    deaf: deaf.id,
    delivered: delivered.id,
    pending: pending.id,
    over: over.id,
    signed: signed.id,
    unsigned: unsigned.id,
  };
}

/** Another account's receiver, which takes its time: the operator sees that it keeps nobody else waiting. */
async function slow(server) {
  const inbox = await server.call("POST", "inboxes", { name: "Annexe", answers: [{ status: 200, delay_ms: 1_500 }] });
  await server.call("POST", "webhooks", { name: "Annexe", url: inbox.url, events: ["booking"] });
  await server.call("POST", "events", { type: "booking.scheduled", data: {} });
  await allTried(server, 1);
}

/** A booking of the first calendar that takes guests at once. */
export async function book(server, guest) {
  const calendar = (await server.all("booking-calendars")).find((one) => one.published && !one.approval);
  const slots = await server.call("GET", `booking-calendars/${calendar.id}/time-slots`);
  const [slot] = slots.data ?? slots;
  return server.call("POST", `booking-calendars/${calendar.id}/schedule`, {
    start_time: slot.start_time,
    guest_time_zone: "Europe/Dublin",
    booking_form: guest,
  });
}

/** A conversation that was begun, answered and closed. */
export async function converse(server, answer) {
  const begun = await server.call("POST", "conversations", {});
  await server.call("POST", `conversations/${begun.id}/answer`, { question: "What brings you here?", value: answer });
  return server.call("POST", `conversations/${begun.id}/close`, {});
}
