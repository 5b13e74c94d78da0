// Telling of what comes to an inbox while somebody looks elsewhere: by a sound, by a notification; each only by choice, which this
// browser keeps.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

export interface Tellings {
  sound: boolean;
  notification: boolean;
}

const kept = "deskbell.tell";
export const tellings = signal<Tellings>(read());

function read(): Tellings {
  try {
    const words = (localStorage.getItem(kept) ?? "").split(" ");
    return { sound: words.includes("sound"), notification: words.includes("notification") };
  } catch {
    return { sound: false, notification: false };
  }
}

/** Turns one on or off. A notification needs the browser's leave, which it gives only where pages are secure: else it throws. */
export async function choose(which: keyof Tellings, on: boolean): Promise<void> {
  if (on && which === "notification") {
    if (typeof Notification === "undefined" || !isSecureContext)
      throw new Error("This browser shows notifications only for pages on https, or of this machine.");
    if ((await Notification.requestPermission()) !== "granted")
      throw new Error("The browser was told to show no notifications of this page. Its settings allow them again.");
    // Some browsers give leave and show none for a page alone: the first one tells.
    try {
      new Notification("Deskbell", { body: "What comes to the inbox is told like this.", tag: "deskbell" });
    } catch {
      throw new Error("This browser shows no notifications of a page.");
    }
  }
  tellings.value = { ...tellings.value, [which]: on };
  const words = Object.entries(tellings.value).flatMap(([word, chosen]) => (chosen ? [word] : []));
  try {
    localStorage.setItem(kept, words.join(" "));
  } catch {
    // Storage is turned off: the choice holds for this visit.
  }
  if (on && which === "sound") ding();
}

/** What is to be said of so many more; null when there are none, or nothing was known before. */
export const news = (arrived: number | null, before: number | null): string | null => {
  if (arrived === null || before === null || arrived <= before) return null;
  return arrived - before === 1 ? "A request came." : `${arrived - before} requests came.`;
};

/** The most that ever arrived: of what was deleted there is less to see, and the numbers go on. */
export const most = (arrived: number | null, before: number | null): number | null =>
  arrived === null ? before : Math.max(arrived, before ?? 0);

/** Tells of each arrival, as it was chosen. @param arrived how many ever did; null before that is known. */
export function useTelling(arrived: number | null, name: string): void {
  const before = useRef<number | null>(null);
  useEffect(() => {
    const said = news(arrived, before.current);
    before.current = most(arrived, before.current);
    if (!said) return;
    if (tellings.peek().sound) ding();
    // Whoever looks at the page sees it come.
    if (tellings.peek().notification && document.hidden)
      new Notification(name, { body: said, tag: `deskbell ${name}` }).addEventListener("click", () => window.focus());
  }, [arrived]);
}

let audio: AudioContext | undefined;
/** A tone is on, or waits for the browser to let it sound. */
let isRinging = false;

/** A desk bell: one tone that fades, and never two at once. */
function ding(): void {
  if (isRinging) return;
  audio ??= new AudioContext();
  const [tone, fade] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = 2_093;
  fade.gain.setValueAtTime(0.2, audio.currentTime);
  fade.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.6);
  tone.connect(fade).connect(audio.destination);
  tone.onended = () => {
    isRinging = false;
  };
  isRinging = true;
  tone.start();
  tone.stop(audio.currentTime + 0.6);
}
