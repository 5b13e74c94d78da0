// The keyboard: single letters, only while no field, menu or dialog has the focus, never with a modifier; one switch turns
// them off (WCAG 2.1.4).
import { signal } from "@preact/signals";
import { go } from "./route";

export type Keys = Record<string, (() => void) | undefined>;

const kept = "deskbell.letters";
export const letters = signal(read());
export const sheet = signal(false);
const layers: Keys[] = [];

function read(): boolean {
  try {
    return localStorage.getItem(kept) !== "off";
  } catch {
    return true;
  }
}

export function setLetters(on: boolean): void {
  letters.value = on;
  try {
    localStorage.setItem(kept, on ? "on" : "off");
  } catch {
    // Storage is turned off: the choice holds for this visit.
  }
}

/** The screen's keys; the newest screen wins. Returns how to take them back. */
export function bind(keys: Keys): () => void {
  layers.push(keys);
  return () => {
    const index = layers.indexOf(keys);
    if (index >= 0) layers.splice(index, 1);
  };
}

const places: Record<string, string> = {
  d: "#/deliveries",
  e: "#/events",
  w: "#/webhooks",
  i: "#/inboxes",
  b: "#/bookings",
  o: "#/operator",
};
let afterG = 0;

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const target = event.target as HTMLElement | null;
  const inField = target?.closest("input, textarea, select, [contenteditable], dialog, [role=menu], [role=listbox]");
  if (inField || document.querySelector("dialog[open]")) return;
  const { key } = event;
  const isLetter = key.length === 1;
  if (isLetter && !letters.value) return;
  if (isLetter && Date.now() - afterG < 1000 && places[key]) {
    afterG = 0;
    go(places[key]);
    event.preventDefault();
    return;
  }
  afterG = key === "g" ? Date.now() : 0;
  if (key === "?") {
    sheet.value = true;
    event.preventDefault();
    return;
  }
  // Enter belongs to what has the focus.
  if (key === "Enter" && target?.closest("a, button, summary, [role=tab]")) return;
  for (const layer of [...layers].reverse()) {
    const act = layer[key];
    if (!act) continue;
    event.preventDefault();
    act();
    return;
  }
});
