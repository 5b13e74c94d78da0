// The server's order of what events made: by time, and by the events' ids within the millisecond that many of them can share, for ids
// grow with each event.

/** Newest first, as `sort` wants it; what one event made is equal. Times are in milliseconds. */
export const newestFirst = (created: number, event: string, otherCreated: number, otherEvent: string): number =>
  otherCreated - created || (event === otherEvent ? 0 : event < otherEvent ? 1 : -1);
