// An instance whose every text was written by somebody who means harm: the payloads in each field that holds a stranger's bytes.
import http from "node:http";
import { callInPage } from "./browser.mjs";
import { allTried } from "./deskbell.mjs";
import { clobbering, links, packed, payloads, tricks } from "./payloads.mjs";

/** Settings that let every payload have its place. */
export const SETTINGS = { DESKBELL_API__MAX_WEBHOOKS: "1000", DESKBELL_INBOX__MAX_INBOXES: "1000" };

/** As names may be. */
const NAMES = packed(255);
/** The headers of a request or an answer, at most so many. */
const HEADERS = 30;
/** Of an answer's body so much is kept. */
const ANSWER = 15_000;
const KEYS = 20;

/** Fills every field; returns the ids of what must be opened one by one. */
export async function poison(server, page) {
  for (const name of NAMES) await server.call("POST", "inboxes", { name });
  const answers = chunks(payloads, HEADERS).map((some, index) => ({
    status: index % 3 ? 200 : 500,
    body: packed(ANSWER, payloads)[index % packed(ANSWER, payloads).length],
    headers: Object.fromEntries(some.map((payload, at) => [`x-test-${token(payload)}-${at}`, ascii(payload)])),
  }));
  const inbox = await server.call("POST", "inboxes", { name: NAMES[0], answers });
  const [webhook] = [
    await server.call("POST", "webhooks", {
      name: NAMES[1],
      url: inbox.url,
      events: ["booking", "conversation.closed"],
    }),
  ];
  for (const [index, name] of NAMES.entries()) {
    if (index === 1) continue;
    await server.call("POST", "webhooks", {
      name,
      url: `${inbox.url}/${encodeURIComponent(name)}`,
      events: ["conversation.abandoned"],
    });
  }

  const events = NAMES.map((text, index) => ({
    type: index % 2 ? "booking.scheduled" : "booking.canceled",
    subject: text,
    data: booking(text),
  }));
  for (const some of chunks(payloads, 100)) {
    const object = Object.fromEntries([
      ...some.map((payload) => [payload, payload]),
      ...clobbering.map((name) => [name, { [name]: name }]),
    ]);
    // As `JSON.parse` makes it: a key of its own, not a prototype.
    Object.defineProperty(object, "__proto__", { value: { polluted: "yes" }, enumerable: true });
    events.push({
      type: "booking.rescheduled",
      subject: some[0],
      data: { ...booking(some[1]), object, links, tricks },
    });
  }
  await server.call("POST", "events", { events });

  const calendars = (await server.all("booking-calendars")).filter((one) => one.published && !one.approval);
  const slots = await server.call("GET", `booking-calendars/${calendars[0].id}/time-slots`);
  const bookings = [];
  for (const [index, slot] of (slots.data ?? slots).slice(0, 24).entries()) {
    const text = NAMES[(index * 6) % NAMES.length];
    const form = { name: text, email: `g${index}@guest.example`, company: text, note: text };
    const { id } = await server.call("POST", `booking-calendars/${calendars[0].id}/schedule`, {
      start_time: slot.start_time,
      guest_time_zone: "Europe/Dublin",
      booking_form: form,
    });
    if (index % 3 === 0) await server.call("POST", `bookings/${id}/cancel`, { cancellation_reason: text });
    bookings.push(id);
  }
  const conversation = await server.call("POST", "conversations", {});
  for (const text of NAMES)
    await server.call("POST", `conversations/${conversation.id}/answer`, {
      question: text,
      value: text,
      internal_label: text,
    });
  await server.call("POST", `conversations/${conversation.id}/close`, {});

  const target = await server.call("POST", "inboxes", { name: "What strangers post" });
  await knockAll(target.url);
  const line = `${tricks.ansi}${tricks.bidi}${tricks.invisible}${"<b>".repeat(349_000)}`;
  await fetch(target.url, { method: "POST", body: line });
  await fetch(target.url, {
    method: "POST",
    body: `[${links.map((link) => JSON.stringify(link)).join(",")}]`,
    headers: { link: "<https://evil.example/>; rel=preload", refresh: `0;url=${links[2]}` },
  });

  for (const name of NAMES.filter((_, index) => index % 7 === 0).slice(0, KEYS))
    await callInPage(page, "POST", "keys", { name });
  const deliveries = await allTried(server, NAMES.length + 1);
  const captures = await server.all(`inboxes/${target.id}/requests`);
  const large = deliveries.filter((one) => one.type === "booking.rescheduled");
  const shares = [];
  for (const delivery of large) shares.push((await callInPage(page, "POST", "shares", { delivery: delivery.id })).url);
  return {
    inbox: inbox.id,
    target: target.id,
    webhook: webhook.id,
    bookings,
    conversation: conversation.id,
    deliveries,
    captures,
    large,
    shares,
  };
}

const booking = (text) => ({
  object: "booking",
  id: "BKNG-HOSTILE00001",
  starting_time: text,
  owner: { name: text },
  form_submission: { name: text, email: text },
  cancel_reschedule_information: { reason: text },
});

const chunks = (list, size) =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));

/** What of the payload may stand in a header's name (RFC 9110, 5.6.2). */
const token = (payload) => `x${payload.replace(/[^\w!#$%&'*+.^`|~-]/g, "")}`.slice(0, 100);

/** A header's value is one line of visible characters. */
const ascii = (payload) => payload.replace(/[^\x20-\x7e]/g, "?");

/** Every payload, in as few requests as hold them; how many. */
export async function knockAll(url) {
  const requests = chunks(payloads, HEADERS);
  for (const [index, some] of requests.entries()) await knock(url, some, index);
  return requests.length;
}

/** One request that carries these payloads in its path, query, headers, a file's name and its body, as no library would send it. */
function knock(url, some, index) {
  const body = `--x\r\nContent-Disposition: form-data; name="${some[0]}"; filename="${some[1] ?? ""}"\r\nContent-Type: ${some[2] ?? ""}\r\n\r\n${some.join("\n")}\r\n--x--\r\n`;
  const path = `${new URL(url).pathname}/${encodeURI(some[0])}?q=${some.map(encodeURIComponent).join("&")}`;
  const headers = {
    "content-type": index % 2 ? "text/html" : `multipart/form-data; boundary=x; ${ascii(some[0])}`,
    "content-length": Buffer.byteLength(body),
  };
  for (const [at, payload] of some.entries()) headers[`${token(payload)}-${at}`] = ascii(payload);
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const request = http.request({ hostname, port, path, method: index % 2 ? "POST" : "PATCH", headers }, (answer) => {
      answer.resume();
      answer.statusCode < 400 ? resolve() : reject(new Error(`a stranger's request was answered ${answer.statusCode}`));
    });
    request.on("error", reject);
    request.end(body);
  });
}
