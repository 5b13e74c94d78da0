// How many requests arrived while nobody looked: before the page's title, where a tab shows it.
import { useEffect, useRef } from "preact/hooks";
import { most } from "./telling";

/** @param arrived how many ever did. @param title the page's own. */
export function titleOf(arrived: number, seen: number, title: string): string {
  return arrived > seen ? `(${arrived - seen}) ${title}` : title;
}

/** Keeps the title while it is shown; what stood there before comes back. @param arrived how many ever did; null before that is known. */
export function useUnread(arrived: number | null, title: string): void {
  const seen = useRef<number | null>(null);
  const before = useRef(document.title);
  useEffect(() => {
    const tell = () => {
      if (arrived === null) return;
      if (seen.current === null || !document.hidden) seen.current = most(arrived, seen.current);
      document.title = titleOf(arrived, seen.current ?? arrived, title);
    };
    // After the frame has set the screen's own title.
    queueMicrotask(tell);
    document.addEventListener("visibilitychange", tell);
    return () => document.removeEventListener("visibilitychange", tell);
  }, [arrived, title]);
  useEffect(
    () => () => {
      document.title = before.current;
    },
    [],
  );
}
