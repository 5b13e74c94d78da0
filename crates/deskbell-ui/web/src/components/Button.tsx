// Buttons: one main button per view, quiet ones beside it; busy while their work runs, the error beside where they stand.

import { CircleAlert, LoaderCircle, type LucideIcon } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

interface Props {
  icon?: LucideIcon;
  kind?: "main" | "quiet" | "ghost" | "danger";
  size?: "small" | "large";
  /** The word while it works. */
  busy?: string;
  /** Why it is off; it is off when this is given. */
  off?: string | undefined | null | false;
  /** The letter that does the same. */
  letter?: string;
  onPress?: () => unknown;
  submit?: boolean;
  test?: string;
  children: ComponentChildren;
}

export function Button({
  icon: Icon,
  kind = "quiet",
  size,
  busy,
  off,
  letter,
  onPress,
  submit,
  test,
  children,
}: Props) {
  const [working, setWorking] = useState(false);
  const press = async () => {
    if (working || off) return;
    const work = onPress?.();
    if (!(work instanceof Promise)) return;
    setWorking(true);
    try {
      await work;
    } finally {
      setWorking(false);
    }
  };
  return (
    <button
      type={submit ? "submit" : "button"}
      class={`button ${kind}${size ? ` ${size}` : ""}`}
      aria-disabled={!!off || working}
      title={off || undefined}
      onClick={press}
      data-test={test}
    >
      {working ? (
        <LoaderCircle class="spin" size={14} strokeWidth={2.2} aria-hidden="true" />
      ) : (
        Icon && <Icon size={14} strokeWidth={2.2} aria-hidden="true" />
      )}
      <span>{working && busy ? busy : children}</span>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a letter takes no focus. */}
      {letter && <kbd aria-hidden="true">{letter}</kbd>}
    </button>
  );
}

/** An error where it happened: what, why, what now. */
export function Fault({ error, children }: { error: unknown; children?: ComponentChildren }) {
  if (!error) return null;
  return (
    <div class="fault" role="alert" data-test="fault">
      <CircleAlert size={16} aria-hidden="true" />
      <div>
        <b class="foreign">{error instanceof Error ? error.message : String(error)}</b>
        {children && <p>{children}</p>}
      </div>
    </div>
  );
}
