// What the API says against a webhook, in this page's words, and at which field it stands.
import { ApiError } from "../../api/client";

export interface Faults {
  name?: string;
  url?: string;
  events?: string;
  /** What belongs to no field. */
  other?: unknown;
}

/** With the way that needs no setting. */
const ONLY_HTTPS =
  "The URL must start with https://. A handler on your machine is reached by deskbell listen, without any setting. Else start Deskbell again with delivery.allow_http, and with delivery.allow_addresses for an address that is not public.";

/** Sorts an error to its field. */
export function faultsOf(error: unknown, name: string): Faults {
  if (!(error instanceof ApiError)) return { other: error };
  switch (error.code) {
    case "name_taken":
      return { name: `A webhook named “${name.trim()}” already exists. Names are unique in an account.` };
    case "url_scheme_unsupported":
      return { url: ONLY_HTTPS };
    case "webhooks_too_many":
      return { other: error };
  }
  if (error.field === "name" || error.field === "url") return { [error.field]: error.message };
  return error.field?.startsWith("events") ? { events: error.message } : { other: error };
}

/** Characters of a URL at most. */
const URL_CHARS = 2_048;

/** What the API will say against a URL that is being typed, as far as its text tells; null for the beginning of a good one. */
export function judged(given: string, allowHttp: boolean): string | null {
  const url = given.trim();
  if (!url) return null;
  const https = "https://";
  const isBegun = https.startsWith(url.toLowerCase()) || (allowHttp && "http://".startsWith(url.toLowerCase()));
  if (isBegun) return null;
  if (/\s/.test(url)) return "A URL has no white space in it.";
  const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(url) ?? [];
  const begins = allowHttp ? "http:// or https://" : https;
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return `The URL must start with ${begins}, with the host behind it.`;
  if (scheme?.toLowerCase() === "http" && !allowHttp) return ONLY_HTTPS;
  if (!/^https?$/i.test(scheme ?? "")) return `The URL must start with ${begins}.`;
  if (url.length > URL_CHARS) return `The URL is longer than ${URL_CHARS} characters.`;
  if (url.includes("#")) return "What stands behind # never leaves a client: a webhook's URL has none.";
  const [, host = ""] = /^[a-z]+:\/\/([^/?]*)/i.exec(url) ?? [];
  if (host.includes("@")) return "A URL with a name or a password in it is refused: it would stand in logs.";
  return null;
}

/** What can be said before the API is asked. */
export function missing(name: string, url: string): Faults | null {
  const faults: Faults = {};
  if (!/[\p{L}\p{N}]/u.test(name)) faults.name = "The name needs a letter or a digit.";
  if (!url.trim()) faults.url = "The URL says where to send. It is missing.";
  return faults.name || faults.url ? faults : null;
}

export const NO_EVENTS = "Choose at least one, else nothing ever rings.";
