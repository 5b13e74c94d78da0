// What became of a try, with its particulars: who, where, when, how long. Only what was seen is said.
import type { Attempt } from "../api/objects";
import { shorten, visible } from "./bytes";
import { reasonPhrase } from "./outcome";
import { at, duration, longDay } from "./time";

/** An address in a sentence has at most so many letters; whole, it stands beside. */
const ADDRESS = 72;

/** A sentence without its full stop: `hooks.example.org does not exist`. */
export function cause(attempt: Attempt): string {
  const { outcome, request, response, timings } = attempt;
  const host = hostOf(request.url);
  const peer = request.address ?? host;
  const within = `within ${duration(timings.total_us / 1000)}`;
  if (response) return answered(attempt, response.status_code);
  switch (outcome) {
    case "dns_not_found":
      return `${host} does not exist`;
    case "dns_no_address":
      return `${host} has no address`;
    case "dns_failure":
      return `${host} could not be looked up`;
    case "dns_timeout":
      return `${host} could not be looked up ${within}`;
    case "address_blocked":
      return `${host} leads to an address that may not be called`;
    case "connect_refused":
      return `Nobody listens at ${peer}`;
    case "connect_timeout":
      return `${peer} took no connection ${within}`;
    case "network_unreachable":
      return `There is no way to ${peer}`;
    case "connection_reset":
      return "They reset the connection";
    case "connection_closed":
      return "They closed the connection without a complete answer";
    case "tls_timeout":
      return `They took the connection and did not finish the TLS handshake ${within}`;
    case "tls_expired":
      return day(attempt, (date) => `Their certificate expired on ${date}`) ?? "Their certificate has expired";
    case "tls_not_yet_valid":
      return (
        day(attempt, (date) => `Their certificate is valid only from ${date} on`) ??
        "Their certificate is not valid yet"
      );
    case "tls_untrusted":
      return "Their certificate is none that we trust";
    case "tls_name_mismatch":
      return `Their certificate is not for ${host}`;
    case "tls_not_tls":
      return `What answers at ${peer} does not speak TLS`;
    case "tls_version":
      return "They offer no TLS version from 1.2 on";
    case "tls_negotiation":
      return "The TLS handshake failed";
    case "tls_client_cert_required":
      return "They demand a certificate of ours";
    case "write_timeout":
      return `They did not take the request ${within}`;
    case "head_timeout":
      return `They did not answer ${within}`;
    case "total_timeout":
      return isOut(attempt) ? `They did not answer ${within}` : `${peer} took no connection ${within}`;
    case "head_too_large":
      return "The head of their answer is larger than we read";
    case "response_malformed":
      return "What came back is not HTTP";
    case "local_exhausted":
      return "This machine ran out of connections";
    case "sender_failed":
      return "We could not send it";
    case "lost":
      return "The machine that was sending it stopped";
    default:
      return attempt.detail.replace(/\.$/, "") || outcome.replaceAll("_", " ");
  }
}

/** Whether anything of the request can have left us: a connection was ready, and the time until an answer began to run. */
export const isOut = ({ timings, response, possibly_received }: Attempt): boolean =>
  !!response || timings.head_us != null || possibly_received;

/** Outcomes of which the server saw more than one sentence tells. */
const DETAILED = [
  "address_blocked",
  "connection_closed",
  "connection_reset",
  "dns_failure",
  "network_unreachable",
  "response_malformed",
  "head_too_large",
  "sender_failed",
  "local_exhausted",
  "tls_untrusted",
  "tls_name_mismatch",
  "tls_negotiation",
  "tls_not_tls",
];

/** What follows from it, in whole sentences; may be empty. */
export function follows(attempt: Attempt): string {
  const { outcome, response } = attempt;
  const status = response?.status_code;
  const parts = [
    DETAILED.includes(outcome) ? attempt.detail : "",
    outcome === "redirect_refused"
      ? "Redirects are not followed: nothing arrives there, however often it is tried."
      : "",
    status === 413 ? attempt.detail : "",
    status === 410 ? "410 means gone: the webhook is turned off, and no more events are sent to it." : "",
    outcome === "local_exhausted" || outcome === "sender_failed"
      ? "The fault is ours, and the try does not count."
      : "",
    attempt.possibly_received && !response ? "They may have done the work, so expect a duplicate." : "",
  ];
  return parts.filter(Boolean).join(" ");
}

/** An answer that a check of signatures gives to one that does not pass. */
export const isRefusedSignature = ({ response }: Attempt): boolean =>
  response?.status_code === 401 || response?.status_code === 403;

/** An answer behind which a signature may stand that did not pass. */
export const mayBeSignature = (attempt: Attempt): boolean =>
  isRefusedSignature(attempt) || attempt.response?.status_code === 400;

const URLS = [
  "dns_not_found",
  "dns_no_address",
  "address_blocked",
  "connect_refused",
  "tls_name_mismatch",
  "tls_not_tls",
];

/** What another URL would put right. */
export const isAboutTheUrl = ({ outcome, response }: Attempt): boolean =>
  URLS.includes(outcome) || response?.status_code === 404 || response?.status_code === 405;

/** Where they send us on to; null when the answer is no redirect, or names no address that can be called. */
export function movedTo({ outcome, request, response }: Attempt): string | null {
  if (outcome !== "redirect_refused") return null;
  const given = response?.headers.find(([name]) => name?.toLowerCase() === "location")?.[1];
  if (!given) return null;
  try {
    const url = new URL(given, request.url);
    return url.protocol === "https:" || url.protocol === new URL(request.url).protocol ? url.href : null;
  } catch {
    return null;
  }
}

function answered(attempt: Attempt, status: number): string {
  if (attempt.outcome === "redirect_refused") {
    const to = movedTo(attempt);
    if (!to) return `They answered ${status}, and name no address to go to`;
    const address = visible(shorten(to, ADDRESS));
    return status === 301 || status === 308 ? `They moved to ${address}` : `They send us on to ${address}`;
  }
  return `They answered ${status} ${reasonPhrase(status)}`.trim();
}

/** The day that the server's sentence names. */
function day({ detail }: Attempt, words: (date: string) => string): string | null {
  const [time] = /\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(detail) ?? [];
  return time ? words(longDay(at(time))) : null;
}

function hostOf(url: string): string {
  try {
    return new URL(url).hostname;
  } catch {
    return "The URL's host";
  }
}

/** As it stands behind a colon or within a sentence: only a word of ours may begin small. */
export const within = (text: string): string =>
  /^(They|Their|Nobody|There|The|This|What|We) /.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;

/** How many milliseconds their clock is ahead of ours, by the `Date` of their answer, to the second; null when it tells nothing. */
export function clockAhead({ started_time, timings, response }: Attempt): number | null {
  const header = (name: string) => response?.headers.find(([given]) => given?.toLowerCase() === name)?.[1];
  const date = Date.parse(header("date") ?? "");
  // What a cache answers was written some time ago.
  if (Number.isNaN(date) || header("age")) return null;
  const { name_us, connect_us, tls_us, head_us } = timings;
  const ours = at(started_time) + ((name_us ?? 0) + (connect_us ?? 0) + (tls_us ?? 0) + (head_us ?? 0)) / 1000;
  return Math.round((date + 500 - ours) / 1000) * 1000;
}
