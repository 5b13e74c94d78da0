// The screens, one entry a noun. Deliveries come with the page; the others are fetched when they are first opened, with their
// styles.
import type { FunctionComponent } from "preact";
import { DeliveriesScreen } from "./deliveries/DeliveriesScreen";
import { StartScreen } from "./start/StartScreen";

/** It stands already, or is fetched. */
export type Screen = { title: string } & ({ screen: FunctionComponent } | { fetch: () => Promise<FunctionComponent> });

export const screens: Record<string, Screen> = {
  deliveries: { title: "Deliveries", screen: DeliveriesScreen },
  start: { title: "Start", screen: StartScreen },
  events: { title: "Events", fetch: () => import("./events/EventsScreen").then((file) => file.EventsScreen) },
  webhooks: {
    title: "Webhooks",
    fetch: () => import("./webhooks/WebhooksScreen").then((file) => file.WebhooksScreen),
  },
  inboxes: {
    title: "Inboxes",
    fetch: () => import("./inboxes/InboxesScreen").then((file) => file.InboxesScreen),
  },
  bookings: {
    title: "Bookings",
    fetch: () => import("./bookings/BookingsScreen").then((file) => file.BookingsScreen),
  },
  why: { title: "Why not?", fetch: () => import("./why/WhyScreen").then((file) => file.WhyScreen) },
  operator: {
    title: "Operator",
    fetch: () => import("./operator/OperatorScreen").then((file) => file.OperatorScreen),
  },
  keys: {
    title: "Keys and account",
    fetch: () => import("./keys/KeysScreen").then((file) => file.KeysScreen),
  },
};
