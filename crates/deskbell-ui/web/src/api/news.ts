// What `GET /v2/stream` tells: each message says its kind and carries that object. The document describes the objects and not the
// messages, so the union stands here.
import type { Attempt, Booking, Capture, Conversation, Delivery, Event } from "./objects";

interface Objects {
  booking: Booking;
  conversation: Conversation;
  event: Event;
  delivery: Delivery;
  attempt: Attempt;
  capture: Capture;
}

export type Kind = keyof Objects;
type Told<K extends Kind> = { readonly kind: K; readonly data: Objects[K] };
export type News = { [K in Kind]: Told<K> }[Kind];

const KINDS: Record<Kind, true> = {
  booking: true,
  conversation: true,
  event: true,
  delivery: true,
  attempt: true,
  capture: true,
};

/** A message of the stream; null when it is of a kind that only a newer page knows. */
export function newsOf(kind: string, json: string): News | null {
  return Object.hasOwn(KINDS, kind) ? ({ kind, data: JSON.parse(json) } as News) : null;
}

/** How many milliseconds the stream says that it is behind; null when the message says something else. */
export function lagOf(kind: string, json: string): number | null {
  return kind === "lag" ? (JSON.parse(json) as { behind_ms: number }).behind_ms : null;
}

/** The objects of one kind, in their order. */
export function told<K extends Kind>(news: readonly News[], kind: K): readonly Objects[K][] {
  return news.filter((one): one is News & Told<K> => one.kind === kind).map(({ data }) => data);
}
