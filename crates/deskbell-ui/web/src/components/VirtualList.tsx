// A long list of rows of one height, of which only those in sight exist. It keeps its place when rows are put on top.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

interface Props {
  label: string;
  /** One key per row, in order. */
  keys: readonly string[];
  /** The height of a row in CSS pixels. */
  height: number;
  render: (index: number) => ComponentChildren;
  /** The row that must stay in sight. */
  follow?: string | null;
  onTop?: (atTop: boolean) => void;
  onEnd?: () => void;
  /** Stands above the rows and scrolls away with them. */
  children?: ComponentChildren;
  /** Stands below the rows. */
  foot?: ComponentChildren;
}

/** Rows drawn beyond each edge of the window. */
const OVERSCAN = 8;

export function VirtualList({ label, keys, height, render, follow, onTop, onEnd, children, foot }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const first = useRef<string | undefined>(keys[0]);

  // Rows put on top move what is read by their height: move the window with it.
  useLayoutEffect(() => {
    const element = box.current;
    const before = first.current;
    first.current = keys[0];
    if (!element || !before || before === keys[0] || element.scrollTop < height) return;
    const added = keys.indexOf(before);
    if (added > 0) element.scrollTop += added * height;
  }, [keys, height]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => {
      const top = element.scrollTop - (list.current?.offsetTop ?? 0);
      setView((old) => {
        // Only a whole row's difference draws anew.
        const next = { top: Math.max(0, Math.floor(top / height) * height), height: element.clientHeight };
        return old.top === next.top && old.height === next.height ? old : next;
      });
      onTop?.(element.scrollTop < height / 2);
      if (element.scrollTop + element.clientHeight > element.scrollHeight - 20 * height) onEnd?.();
    };
    measure();
    element.addEventListener("scroll", measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", measure);
      observer.disconnect();
    };
  }, [height, onTop, onEnd]);

  const at = follow ? keys.indexOf(follow) : -1;
  useEffect(() => {
    const element = box.current;
    if (!element || at < 0) return;
    const offset = list.current?.offsetTop ?? 0;
    const top = offset + at * height;
    if (top < element.scrollTop + offset) element.scrollTop = top - offset;
    else if (top + height > element.scrollTop + element.clientHeight)
      element.scrollTop = top + height - element.clientHeight;
  }, [follow]);

  const from = Math.max(0, Math.floor(view.top / height) - OVERSCAN);
  const till = Math.min(keys.length, Math.ceil((view.top + view.height) / height) + OVERSCAN);
  const shown = [];
  for (let index = from; index < till; index++) {
    shown.push(
      <li
        key={keys[index]}
        class="virtual-row"
        style={{ top: `${index * height}px`, height: `${height}px` }}
        aria-setsize={keys.length}
        aria-posinset={index + 1}
      >
        {render(index)}
      </li>,
    );
  }
  return (
    <div class="virtual" ref={box} data-test="list">
      {children}
      <ol class="virtual-rows" ref={list} aria-label={label} style={{ height: `${keys.length * height}px` }}>
        {shown}
      </ol>
      {foot}
    </div>
  );
}
