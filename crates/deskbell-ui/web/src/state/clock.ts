// The time as the page shows it: one tick a second for all, faster only while something is in flight.
import { signal } from "@preact/signals";

/** Changes once a second. */
export const now = signal(Date.now());

setInterval(() => (now.value = Date.now()), 1000);
