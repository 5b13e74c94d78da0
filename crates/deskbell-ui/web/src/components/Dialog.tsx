// The dialog: for create, edit, share, delete and showing a secret; everything else happens in place.

import { X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** @param title a verb and its object. @param onClose is called once, by Esc, the cross or the page. */
export function Dialog({
  title,
  onClose,
  wide,
  children,
}: {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  // Before it is painted: what is typed at once, after it was asked for, goes into it.
  useLayoutEffect(() => {
    const back = document.activeElement;
    const dialog = element.current;
    dialog?.showModal();
    // The browser would begin at the cross.
    dialog?.querySelector<HTMLElement>("input:not([type=hidden]), textarea, select")?.focus();
    return () => {
      // While it is open, nothing else takes the focus.
      dialog?.close();
      if (back instanceof HTMLElement && back.isConnected) back.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={wide ? "dialog wide" : "dialog"}
      aria-label={title}
      data-test="dialog"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header>
        <h2>{title}</h2>
        <button type="button" class="icon-button" aria-label="Close" title="Close" onClick={onClose}>
          <X size={16} aria-hidden="true" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
