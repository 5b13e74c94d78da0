// A long list of rows of known heights, of which only those in sight exist. It keeps its place when rows are put on top.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

interface Props {
  label: string;
  /** One key per row, in order. */
  keys: readonly string[];
  /** The height of a row in CSS pixels; of rows that are not alike, by their place. */
  height: number | ((index: number) => number);
  render: (index: number) => ComponentChildren;
  /** The row that must stay in sight. */
  follow?: string | null;
  onTop?: (atTop: boolean) => void;
  onEnd?: () => void;
  /** Hears which row is the first in sight. */
  onFirst?: (index: number) => void;
  /** Stands above the rows and scrolls away with them. */
  children?: ComponentChildren;
  /** Stands below the rows. */
  foot?: ComponentChildren;
}

/** Rows drawn beyond each edge of the window. */
const OVERSCAN = 8;

/** Where each row begins, and at last where the list ends. */
function tops(count: number, height: Props["height"]): Float64Array {
  const places = new Float64Array(count + 1);
  for (let index = 0; index < count; index++)
    places[index + 1] = (places[index] ?? 0) + (typeof height === "number" ? height : height(index));
  return places;
}

/** The row that stands at that place. */
function rowAt(places: Float64Array, top: number): number {
  let [low, high] = [0, places.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((places[middle] ?? 0) <= top) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** So many pixels before the end the next page is asked for. */
const AHEAD = 1_000;

export function VirtualList({ label, keys, height, render, follow, onTop, onEnd, onFirst, children, foot }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const [view, setView] = useState({ from: 0, till: 40 });
  const places = useMemo(() => tops(keys.length, height), [keys, height]);
  /** As they were drawn last, and where the reader was: asked of the page in between, it would have to lay out what nobody sees yet. */
  const known = useRef({ places, first: keys[0], top: 0 });

  // Rows put on top move what is read by their height: move the window with it.
  useLayoutEffect(() => {
    const element = box.current;
    const { first: before, top } = known.current;
    known.current = { places, first: keys[0], top };
    if (!element || !before || before === keys[0] || top < (places[1] ?? 0)) return;
    const added = keys.indexOf(before);
    // Whoever goes to the top by a press is there before the page says so.
    if (added > 0 && element.scrollTop >= (places[1] ?? 0)) element.scrollTop += places[added] ?? 0;
  }, [keys, places]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => {
      const { places } = known.current;
      known.current.top = element.scrollTop;
      const top = Math.max(0, element.scrollTop - (list.current?.offsetTop ?? 0));
      const [from, till] = [rowAt(places, top), rowAt(places, top + element.clientHeight)];
      // Only another row draws anew.
      setView((old) => (old.from === from && old.till === till ? old : { from, till }));
      onFirst?.(from);
      onTop?.(element.scrollTop < 24);
      if (element.scrollTop + element.clientHeight > element.scrollHeight - AHEAD) onEnd?.();
    };
    measure();
    element.addEventListener("scroll", measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", measure);
      observer.disconnect();
    };
  }, [places, onTop, onEnd, onFirst]);

  const at = follow ? keys.indexOf(follow) : -1;
  useEffect(() => {
    const element = box.current;
    if (!element || at < 0) return;
    const offset = list.current?.offsetTop ?? 0;
    const [top, bottom] = [offset + (places[at] ?? 0), offset + (places[at + 1] ?? 0)];
    if (top < element.scrollTop + offset) element.scrollTop = top - offset;
    else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight;
  }, [follow]);

  const from = Math.max(0, view.from - OVERSCAN);
  const till = Math.min(keys.length, view.till + 1 + OVERSCAN);
  const shown = [];
  for (let index = from; index < till; index++) {
    const top = places[index] ?? 0;
    shown.push(
      <li
        key={keys[index]}
        class="virtual-row"
        style={{ top: `${top}px`, height: `${(places[index + 1] ?? top) - top}px` }}
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
      <ol class="virtual-rows" ref={list} aria-label={label} style={{ height: `${places.at(-1) ?? 0}px` }}>
        {shown}
      </ol>
      {foot}
    </div>
  );
}
