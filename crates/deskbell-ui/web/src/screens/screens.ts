// The screens, one entry a noun. Deliveries come with the page; the others are fetched when they are first opened, with their
// styles.
import type { FunctionComponent } from "preact";
import { DeliveriesScreen } from "./deliveries/DeliveriesScreen";
import { StartScreen } from "./start/StartScreen";

export interface Screen {
  title: string;
  /** Stands already, or is fetched. */
  screen: FunctionComponent | (() => Promise<FunctionComponent>);
  fetched?: true;
}

export const screens: Record<string, Screen> = {
  deliveries: { title: "Deliveries", screen: DeliveriesScreen },
  start: { title: "Start", screen: StartScreen },
  webhooks: {
    title: "Webhooks",
    fetched: true,
    screen: () => import("./webhooks/WebhooksScreen").then((file) => file.WebhooksScreen),
  },
  inboxes: {
    title: "Inboxes",
    fetched: true,
    screen: () => import("./inboxes/InboxesScreen").then((file) => file.InboxesScreen),
  },
  bookings: {
    title: "Bookings",
    fetched: true,
    screen: () => import("./bookings/BookingsScreen").then((file) => file.BookingsScreen),
  },
  why: { title: "Why not?", fetched: true, screen: () => import("./why/WhyScreen").then((file) => file.WhyScreen) },
  operator: {
    title: "Operator",
    fetched: true,
    screen: () => import("./operator/OperatorScreen").then((file) => file.OperatorScreen),
  },
  keys: {
    title: "Keys and account",
    fetched: true,
    screen: () => import("./keys/KeysScreen").then((file) => file.KeysScreen),
  },
};
