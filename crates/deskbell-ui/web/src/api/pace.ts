// Hands what the stream tells to a page: at once after a while of nothing, else at most ten times a second, or three while much happens.
// Each time has the page draw, and nothing else that it does would get a turn.
import type { News } from "./news";
import type { Report } from "./stream";

/** Milliseconds between two times at which something is told, the longer ones behind much: that has most of a page drawn anew. */
export const PAUSE = { short: 100, long: 300 };
/** More news than this is much. */
export const MUCH = 20;
/** More than this is not held for a page whose timers sleep, as those of a hidden one do: it reads anew. */
export const MOST = 5_000;

/** Tells at once after a while of nothing. What comes sooner is told together, the news before the state that came behind it. */
export function paced(tell: (report: Report) => void): (report: Report) => void {
  let news: News[] = [];
  let others: Report[] = [];
  let isPaused = false;
  const hand = () => {
    const [told, behind] = [news, others];
    isPaused = told.length > 0 || behind.length > 0;
    if (!isPaused) return;
    [news, others] = [[], []];
    setTimeout(hand, told.length > MUCH ? PAUSE.long : PAUSE.short);
    for (const report of told.length > 0 ? [{ news: told }, ...behind] : behind) {
      try {
        tell(report);
      } catch (error) {
        // One who hears it badly keeps nothing from the others.
        reportError(error);
      }
    }
  };
  return (report) => {
    if ("news" in report) {
      for (const one of report.news) news.push(one);
      if (news.length > MOST) {
        news = [];
        if (!others.some((one) => "missed" in one)) others.push({ missed: true });
      }
    } else {
      if (isSame(others.at(-1), report)) others.pop();
      others.push(report);
    }
    if (isPaused) return;
    isPaused = true;
    // The stream tells the state right behind the news.
    queueMicrotask(hand);
  };
}

/** The newer one says all that the older one did: the state lasts, and only its figures change. */
const isSame = (older: Report | undefined, newer: Report): boolean =>
  older !== undefined &&
  "connection" in older &&
  "connection" in newer &&
  older.connection.state === newer.connection.state;
