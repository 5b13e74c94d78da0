// Copies a value and says so in place. Works on plain http too, where the clipboard's own interface is missing.

import { Check, Copy as CopyIcon } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** Puts the text on the clipboard; whether that worked. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http, or not allowed: select the text and let the browser copy the selection.
    const focus = document.activeElement;
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "readers";
    field.setAttribute("aria-hidden", "true");
    (document.querySelector("dialog[open]") ?? document.body).append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (focus instanceof HTMLElement) focus.focus();
    return done;
  }
}

/** Remembers for 1.5 s that something was done. */
export function useDone(): [boolean, () => void] {
  const [done, set] = useState(false);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return [
    done,
    () => {
      set(true);
      clearTimeout(timer.current);
      timer.current = window.setTimeout(() => set(false), 1500);
    },
  ];
}

/** With `label` a button with a word; without, an icon named by `what`. */
export function Copy({
  text,
  what,
  label,
  kind = "quiet",
}: {
  text: string | (() => string | Promise<string>);
  what: string;
  label?: string;
  kind?: string;
}) {
  const [done, mark] = useDone();
  const press = async (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
    const value = typeof text === "string" ? text : await text();
    // Nothing, when what was to be copied could not be had: the clipboard keeps what it has.
    if (value && (await copy(value))) mark();
  };
  const Icon = done ? Check : CopyIcon;
  return (
    <button
      type="button"
      class={label ? `button ${kind}${done ? " done" : ""}` : `icon-button${done ? " done" : ""}`}
      onClick={press}
      title={label ? undefined : `Copy ${what}`}
      aria-label={label ? undefined : done ? "Copied" : `Copy ${what}`}
      data-test="copy"
    >
      <Icon size={14} strokeWidth={2.2} aria-hidden="true" />
      {label && <span>{done ? "Copied" : label}</span>}
      <span class="readers" role="status">
        {done ? "Copied" : ""}
      </span>
    </button>
  );
}
