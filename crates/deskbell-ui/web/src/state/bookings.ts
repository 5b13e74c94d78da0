// The sandbox as the bookings' screen shows it: bookings, conversations, the calendars they stand on and who hosts them.
import { batch, signal } from "@preact/signals";
import { all, get, post } from "../api/client";
import type { Booking, Calendar, Conversation, List, User } from "../api/objects";
import type { News } from "../api/stream";

export interface Named {
  id: string;
  name: string;
}

interface Person {
  id: string;
  first_name?: string | null;
  last_name?: string | null;
  email?: string | null;
}

/** The most bookings and the most conversations that are held, newest first. */
const MOST = { bookings: 300, conversations: 50 };

/** The id of what is given as an id or as the object. */
export const idOf = (given: unknown): string =>
  typeof given === "string" ? given : ((given as { id?: string } | null)?.id ?? "");

/** What a user or a contact is called. */
export const nameOf = (person: Person | null | undefined): string =>
  person ? [person.first_name, person.last_name].filter(Boolean).join(" ") || person.email || person.id : "";

export class Sandbox {
  readonly bookings = signal<ReadonlyMap<string, Booking>>(new Map());
  readonly conversations = signal<ReadonlyMap<string, Conversation>>(new Map());
  readonly calendars = signal<readonly Calendar[]>([]);
  readonly users = signal<readonly User[]>([]);
  readonly loading = signal(true);
  readonly error = signal<unknown>(null);
  private readonly contacts = new Map<string, Person>();
  private readonly bots = new Map<string, Named>();
  private readonly asked = new Set<string>();

  async load(): Promise<void> {
    try {
      const [bookings, conversations, calendars, users] = await Promise.all([
        all<Booking>("bookings", {}, MOST.bookings),
        get<List<Conversation>>("conversations", { limit: MOST.conversations, expand: "contact,bot" }),
        all<Calendar>("booking-calendars"),
        all<User>("users"),
      ]);
      batch(() => {
        this.calendars.value = calendars;
        this.users.value = users;
        this.take(bookings);
        this.takeTalks(conversations.data);
        this.error.value = null;
      });
    } catch (error) {
      this.error.value = error;
    } finally {
      this.loading.value = false;
    }
  }

  /** Looks for a booking or a conversation that an address names and that is not among the newest. */
  async find(id: string): Promise<void> {
    if (id.startsWith("CVR-"))
      this.takeTalks([await get<Conversation>(`conversations/${encodeURIComponent(id)}`, { expand: "contact,bot" })]);
    else this.take([await get<Booking>(`bookings/${encodeURIComponent(id)}`)]);
  }

  hear(news: readonly News[]): void {
    batch(() => {
      this.take(news.filter(({ kind }) => kind === "booking").map(({ data }) => data as Booking));
      this.takeTalks(news.filter(({ kind }) => kind === "conversation").map(({ data }) => data as Conversation));
    });
  }

  /** Does a step of a booking's life. */
  async act(id: string, action: string, body: object): Promise<Booking> {
    const booking = await post<Booking>(`bookings/${id}/${action}`, body);
    this.take([booking]);
    return booking;
  }

  /** Does a step of a conversation. */
  async talk(id: string, action: string, body: object = {}): Promise<void> {
    this.takeTalks([await post<Conversation>(`conversations/${id}/${action}`, body)]);
  }

  calendar(booking: Booking): Calendar | undefined {
    return this.calendars.value.find(({ id }) => id === idOf(booking.booking_calendar));
  }

  /** Who hosts it. */
  host(booking: Booking): string {
    return nameOf(this.users.value.find(({ id }) => id === idOf(booking.owner))) || booking.attendees[0] || "";
  }

  /** Who talks, and with which bot. */
  parties(conversation: Conversation): { contact: string; bot: string } {
    return {
      contact: nameOf(this.contacts.get(idOf(conversation.contact))),
      bot: this.bots.get(idOf(conversation.bot))?.name ?? "",
    };
  }

  private take(found: readonly Booking[]): void {
    if (found.length === 0) return;
    const kept = new Map(this.bookings.peek());
    for (const booking of found) {
      const known = kept.get(booking.id);
      // The answer to a call and the stream may overtake each other.
      if (!known || known.last_updated_time <= booking.last_updated_time) kept.set(booking.id, booking);
    }
    this.bookings.value = kept;
  }

  private takeTalks(found: readonly Conversation[]): void {
    if (found.length === 0) return;
    const kept = new Map(this.conversations.peek());
    for (const talk of found) {
      if (typeof talk.contact === "object" && talk.contact)
        this.contacts.set(idOf(talk.contact), talk.contact as unknown as Person);
      if (typeof talk.bot === "object" && talk.bot) this.bots.set(idOf(talk.bot), talk.bot as unknown as Named);
      const known = kept.get(talk.id);
      if (!known || known.last_updated_time <= talk.last_updated_time) kept.set(talk.id, talk);
      // Strangers to us: their names are asked for once.
      const isKnown = this.contacts.has(idOf(talk.contact)) && this.bots.has(idOf(talk.bot));
      if (!isKnown && !this.asked.has(talk.id) && this.asked.size < MOST.conversations) {
        this.asked.add(talk.id);
        void this.find(talk.id).catch(() => undefined);
      }
    }
    this.conversations.value = kept;
  }
}
