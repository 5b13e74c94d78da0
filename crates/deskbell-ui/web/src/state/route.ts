// Where the reader is: `#/screen/id/more?q=…`. Behind the hash, so that every address is relative to wherever a proxy put us,
// and so that what is searched never reaches a server's log.
import { computed, signal } from "@preact/signals";

export interface Route {
  screen: string;
  /** What follows the screen. */
  parts: string[];
  query: URLSearchParams;
}

const hash = signal(location.hash);
addEventListener("hashchange", () => (hash.value = location.hash));

export const route = computed<Route>(() => {
  const [path = "", query = ""] = hash.value.replace(/^#\/?/, "").split("?", 2);
  const [screen = "", ...parts] = path.split("/").map(decode);
  return { screen: screen || "deliveries", parts, query: new URLSearchParams(query) };
});

/** One part stays one part: a slash that was written otherwise is none. */
function decode(text: string): string {
  try {
    const plain = decodeURIComponent(text);
    return plain.includes("/") ? text : plain;
  } catch {
    return text;
  }
}

/** The address of a place in the page. */
export function to(parts: string[], query: Record<string, string | null | undefined> = {}): string {
  const kept = Object.entries(query).filter((pair): pair is [string, string] => !!pair[1]);
  const text = new URLSearchParams(kept).toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

/** Goes there; `replace` leaves no step to come back to. */
export function go(address: string, replace = false): void {
  if (replace) {
    history.replaceState(null, "", address);
    hash.value = location.hash;
  } else {
    location.hash = address;
  }
}
