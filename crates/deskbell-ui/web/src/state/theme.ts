// Light, dark, or as the system has it. `public/theme.js` applies it before the first paint.
import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const kept = "deskbell.theme";

function read(): Theme {
  try {
    const text = localStorage.getItem(kept);
    return text === "light" || text === "dark" ? text : "system";
  } catch {
    return "system";
  }
}

export const theme = signal<Theme>(read());

export function setTheme(next: Theme): void {
  theme.value = next;
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(kept, next);
  } catch {
    // Storage is turned off: the choice holds for this visit.
  }
}

const system = matchMedia("(prefers-color-scheme: dark)");

/** Whether the page is dark now; told anew when another theme is chosen. */
export const isDark = (): boolean => (theme.value === "system" ? system.matches : theme.value === "dark");
