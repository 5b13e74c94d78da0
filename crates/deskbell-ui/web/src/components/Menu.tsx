// A button that opens a short list of actions (ARIA authoring practices, menu button).

import { Ellipsis, type LucideIcon } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  label: string;
  /** What the button shows; three dots when left out. */
  face?: ComponentChildren;
  /** The button's name, when its face says something: a name holds what is seen (WCAG 2.5.3). */
  name?: string;
  /** A look for the button. */
  kind?: string;
  children: ComponentChildren;
}

export function Menu({ label, face, name = label, kind = "icon-button", children }: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const items = () => [...(root.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
    items()[0]?.focus();
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    const key = (event: KeyboardEvent) => {
      const all = items();
      const index = all.indexOf(document.activeElement as HTMLElement);
      const next = { ArrowDown: index + 1, ArrowUp: index - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
      if (next !== undefined && all.length > 0) {
        all[next % all.length]?.focus();
        event.preventDefault();
      } else if (event.key === "Escape" || event.key === "Tab") {
        setOpen(false);
        if (event.key === "Escape") {
          event.preventDefault();
          root.current?.querySelector("button")?.focus();
        }
      }
    };
    document.addEventListener("pointerdown", outside);
    root.current?.addEventListener("keydown", key);
    const element = root.current;
    return () => {
      document.removeEventListener("pointerdown", outside);
      element?.removeEventListener("keydown", key);
    };
  }, [open]);
  return (
    <div class="menu" ref={root}>
      <button
        type="button"
        class={kind}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={name}
        title={label}
        onClick={() => setOpen(!open)}
        data-test={`menu-${label}`}
      >
        {face ?? <Ellipsis size={16} aria-hidden="true" />}
      </button>
      {open && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on an item is a click on it.
        <div class="pop" role="menu" aria-label={label} onClick={() => setOpen(false)}>
          {children}
        </div>
      )}
    </div>
  );
}

export function MenuItem({
  icon: Icon,
  href,
  onPress,
  danger,
  test,
  children,
}: {
  icon?: LucideIcon;
  href?: string;
  onPress?: () => unknown;
  danger?: boolean;
  test?: string;
  children: ComponentChildren;
}) {
  const inner = (
    <>
      {Icon && <Icon size={14} strokeWidth={2.2} aria-hidden="true" />}
      <span>{children}</span>
    </>
  );
  const look = danger ? "menu-item bad" : "menu-item";
  return href ? (
    <a role="menuitem" tabIndex={-1} class={look} href={href} data-test={test}>
      {inner}
    </a>
  ) : (
    <button role="menuitem" tabIndex={-1} type="button" class={look} onClick={() => onPress?.()} data-test={test}>
      {inner}
    </button>
  );
}
