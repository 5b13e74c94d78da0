// What the API says against a webhook, in this page's words, and at which field it stands.
import { ApiError } from "../../api/client";

export interface Faults {
  name?: string;
  url?: string;
  events?: string;
  /** What belongs to no field. */
  other?: unknown;
}

/** Sorts an error to its field. */
export function faultsOf(error: unknown, name: string): Faults {
  if (!(error instanceof ApiError)) return { other: error };
  switch (error.code) {
    case "name_taken":
      return { name: `A webhook named “${name.trim()}” already exists. Names are unique in an account.` };
    case "url_scheme_unsupported":
      return { url: "The URL must start with https://. To allow http here, set delivery.allow_http and start again." };
    case "webhooks_too_many":
      return { other: error };
  }
  if (error.field === "name" || error.field === "url") return { [error.field]: error.message };
  return error.field?.startsWith("events") ? { events: error.message } : { other: error };
}

/** What can be said before the API is asked. */
export function missing(name: string, url: string): Faults | null {
  const faults: Faults = {};
  if (!/[\p{L}\p{N}]/u.test(name)) faults.name = "The name needs a letter or a digit.";
  if (!url.trim()) faults.url = "The URL says where to send. It is missing.";
  return faults.name || faults.url ? faults : null;
}

export const NO_EVENTS = "Choose at least one, else nothing ever rings.";
