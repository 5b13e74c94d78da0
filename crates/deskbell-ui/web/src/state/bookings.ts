// The sandbox as the bookings' screen shows it: bookings, conversations, the calendars they stand on and who hosts them.
import { batch, signal } from "@preact/signals";
import { all, get, post } from "../api/client";
import { type News, told } from "../api/news";
import type { Booking, Bot, Calendar, Contact, Conversation, List, User } from "../api/objects";
import { Store } from "./store";

/** Who has a name: a user, or a contact. */
type Person = Pick<Contact, "id"> & Partial<Pick<Contact, "first_name" | "last_name" | "email">>;

interface Found {
  bookings: readonly Booking[];
  conversations: List<Conversation>;
  calendars: readonly Calendar[];
  users: readonly User[];
}

/** The most bookings and the most conversations that are held, newest first. */
const MOST = { bookings: 300, conversations: 50 };
const PARTIES = { expand: "contact,bot" };

/** The id of what is given as an id or as the object. */
export const idOf = (given: unknown): string =>
  typeof given === "string" ? given : isObject(given) && typeof given.id === "string" ? given.id : "";

/** What a user or a contact is called. */
export const nameOf = (person: Person | null | undefined): string =>
  person ? [person.first_name, person.last_name].filter(Boolean).join(" ") || person.email || person.id : "";

export class Sandbox extends Store<Found> {
  readonly bookings = signal<ReadonlyMap<string, Booking>>(new Map());
  readonly conversations = signal<ReadonlyMap<string, Conversation>>(new Map());
  readonly calendars = signal<readonly Calendar[]>([]);
  readonly users = signal<readonly User[]>([]);
  private readonly contacts = new Map<string, Person>();
  private readonly bots = new Map<string, Pick<Bot, "id" | "name">>();
  private readonly asked = new Set<string>();

  protected override async read(): Promise<Found> {
    const [bookings, conversations, calendars, users] = await Promise.all([
      all<Booking>("bookings", {}, MOST.bookings),
      get<List<Conversation>>("conversations", { limit: MOST.conversations, ...PARTIES }),
      all<Calendar>("booking-calendars"),
      all<User>("users"),
    ]);
    return { bookings, conversations, calendars, users };
  }

  protected override keep({ bookings, conversations, calendars, users }: Found): void {
    this.calendars.value = calendars;
    this.users.value = users;
    this.put(bookings);
    this.putConversations(conversations.data);
  }

  /** Looks for a booking or a conversation that an address names and that is not among the newest. */
  async find(id: string): Promise<void> {
    if (id.startsWith("CVR-")) this.putConversations([await get<Conversation>(`conversations/${id}`, PARTIES)]);
    else this.put([await get<Booking>(`bookings/${id}`)]);
  }

  override hear(news: readonly News[]): void {
    batch(() => {
      this.put(told(news, "booking"));
      this.putConversations(told(news, "conversation"));
    });
  }

  /** Does a step of a booking's life. */
  async act(id: string, action: string, body: object): Promise<Booking> {
    const booking = await post<Booking>(`bookings/${id}/${action}`, body);
    this.put([booking]);
    return booking;
  }

  /** Does a step of a conversation's. */
  async talk(id: string, action: string, body: object): Promise<void> {
    this.putConversations([await post<Conversation>(`conversations/${id}/${action}`, body)]);
  }

  calendar(booking: Booking): Calendar | undefined {
    return this.calendars.value.find(({ id }) => id === idOf(booking.booking_calendar));
  }

  /** Who hosts it. */
  host(booking: Booking): string {
    return nameOf(this.users.value.find(({ id }) => id === idOf(booking.owner))) || booking.attendees[0] || "";
  }

  /** Who talks, and with which bot. */
  parties({ contact, bot }: Conversation): { contact: string; bot: string } {
    return { contact: nameOf(this.contacts.get(idOf(contact))), bot: this.bots.get(idOf(bot))?.name ?? "" };
  }

  private put(found: readonly Booking[]): void {
    if (found.length > 0) this.bookings.value = newer(this.bookings.peek(), found);
  }

  private putConversations(found: readonly Conversation[]): void {
    if (found.length === 0) return;
    for (const { id, contact, bot } of found) {
      if (isPerson(contact)) this.contacts.set(contact.id, contact);
      if (isBot(bot)) this.bots.set(bot.id, bot);
      // Strangers to us: their names are asked for once.
      const isKnown = this.contacts.has(idOf(contact)) && this.bots.has(idOf(bot));
      if (!isKnown && !this.asked.has(id) && this.asked.size < MOST.conversations) {
        this.asked.add(id);
        void this.find(id).catch(() => undefined);
      }
    }
    this.conversations.value = newer(this.conversations.peek(), found);
  }
}

/** With what was found, where it is not older than what is known: the answer to a call and the stream may overtake each other. */
function newer<T extends Pick<Booking, "id" | "last_updated_time">>(
  known: ReadonlyMap<string, T>,
  found: readonly T[],
): ReadonlyMap<string, T> {
  const kept = new Map(known);
  for (const one of found) {
    const old = kept.get(one.id);
    if (!old || old.last_updated_time <= one.last_updated_time) kept.set(one.id, one);
  }
  return kept;
}

// The document says of what is expanded no more than that it is an object: its ids and names are looked at, not believed.
const isObject = (given: unknown): given is Record<string, unknown> => typeof given === "object" && given !== null;
const isPerson = (given: unknown): given is Person => isObject(given) && typeof given.id === "string";
const isBot = (given: unknown): given is Pick<Bot, "id" | "name"> =>
  isObject(given) && typeof given.id === "string" && typeof given.name === "string";
