// Pointing at one of the steps of a chart, by pointer or by keys: what the charts share.
import { useState } from "preact/hooks";

/** The step that a key leads to from `now`, or from behind the last; undefined where it leads nowhere. @param page steps of a page. */
export function keyedTo(key: string, now: number | null, last: number, page: number): number | undefined {
  const from = now ?? last + 1;
  const next = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    Home: 0,
    End: last,
    PageUp: from - page,
    PageDown: from + page,
  }[key];
  return next === undefined || last < 0 ? undefined : Math.min(last, Math.max(0, next));
}

interface Steps {
  label: string;
  count: number;
  /** The sentence of a step. */
  say: (index: number) => string;
  /** Steps of a page. */
  page: number;
  test: string;
}

/** The step that is pointed at, and what makes an element the slider that points. */
export function useSteps({ label, count, say, page, test }: Steps) {
  const [at, point] = useState<number | null>(null);
  const last = count - 1;
  const shown = at !== null && at < count ? at : null;
  const onKeyDown = (event: KeyboardEvent) => {
    const next = keyedTo(event.key, shown, last, page);
    if (next !== undefined) point(next);
    else if (event.key === "Escape" && at !== null) point(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const slider = {
    role: "slider",
    tabIndex: 0,
    "aria-label": `${label}; arrow keys move through it`,
    "aria-valuemin": 0,
    "aria-valuemax": Math.max(0, last),
    "aria-valuenow": shown ?? Math.max(0, last),
    "aria-valuetext": count === 0 ? "nothing measured yet" : say(shown ?? last),
    onPointerLeave: () => point(null),
    onBlur: () => point(null),
    onKeyDown,
    "data-test": test,
  } as const;
  return { shown, point, slider };
}
