// What became of a try, in one word; the sentence is `cause.ts`'s. A code when there was an answer, a cause when there was none; never "failed".
import type { Delivery } from "../api/objects";

export type Tone = "good" | "bad" | "wait" | "accent" | "quiet";
export type Mark = "delivered" | "sending" | "due" | "again" | "over" | "paused" | "off" | "blocked";

export interface Verdict {
  mark: Mark;
  word: string;
  tone: Tone;
}

/** The short cause of each outcome without an answer, at most nine letters; the list is the API's closed one. */
const causes: Record<string, string> = {
  redirect_refused: "redirect",
  dns_not_found: "no host",
  dns_failure: "name",
  dns_timeout: "timeout",
  dns_no_address: "no host",
  address_blocked: "blocked",
  connect_refused: "refused",
  connect_timeout: "timeout",
  network_unreachable: "no route",
  connection_reset: "reset",
  connection_closed: "closed",
  tls_timeout: "timeout",
  tls_expired: "TLS",
  tls_not_yet_valid: "TLS",
  tls_untrusted: "TLS",
  tls_name_mismatch: "TLS",
  tls_not_tls: "TLS",
  tls_version: "TLS",
  tls_negotiation: "TLS",
  tls_client_cert_required: "TLS",
  write_timeout: "timeout",
  head_timeout: "timeout",
  head_too_large: "too large",
  response_malformed: "not HTTP",
  total_timeout: "timeout",
  local_exhausted: "our fault",
  sender_failed: "our fault",
  lost: "lost",
};

/** The code of the answer, or the cause. */
export function word(outcome: string, status: number | null | undefined): string {
  return status ? String(status) : (causes[outcome] ?? outcome.replaceAll("_", " "));
}

/** How a delivery's row leads. */
export function verdict(delivery: Delivery): Verdict {
  const last = delivery.last_outcome ? word(delivery.last_outcome, delivery.last_status_code) : null;
  switch (delivery.status) {
    case "delivered":
      return delivery.in_flight ? sending : { mark: "delivered", word: last ?? "delivered", tone: "good" };
    case "pending":
      if (delivery.in_flight) return sending;
      if (!last) return { mark: "due", word: "due", tone: "quiet" };
      return delivery.last_outcome === "address_blocked"
        ? { mark: "blocked", word: last, tone: "bad" }
        : { mark: "again", word: last, tone: "wait" };
    case "cancelled":
      return { mark: "off", word: last ?? "off", tone: last ? "bad" : "quiet" };
    default:
      return {
        mark: delivery.last_outcome === "address_blocked" ? "blocked" : "over",
        word: last ?? (delivery.status === "quarantined" ? "set aside" : "gave up"),
        tone: "bad",
      };
  }
}

const sending: Verdict = { mark: "sending", word: "sending", tone: "accent" };

/** How a made attempt is marked. */
export function made(attempt: {
  outcome: string;
  status_code?: number | null;
  response?: { status_code: number } | null;
}): Verdict {
  const text = word(attempt.outcome, attempt.response?.status_code ?? attempt.status_code);
  return attempt.outcome === "delivered"
    ? { mark: "delivered", word: text, tone: "good" }
    : { mark: "over", word: text, tone: "bad" };
}

/** The reason phrase that goes with a code (RFC 9110, 15). */
export const reasonPhrase = (status: number): string => phrases[status] ?? "";

const phrases: Record<number, string> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  203: "Non-Authoritative Information",
  204: "No Content",
  205: "Reset Content",
  206: "Partial Content",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  418: "I'm a teapot",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  425: "Too Early",
  426: "Upgrade Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};
