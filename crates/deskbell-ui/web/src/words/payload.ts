// The one value of a payload that tells deliveries apart, chosen by trigger.
import type { Event } from "../api/objects";
import { userName } from "../state/account";
import { apart, visible } from "./bytes";
import { at, moment } from "./time";

/** `Tomas Healy, 12 May 09:30`; empty when the payload has nothing of the kind. */
export function value(event: Pick<Event, "type" | "subject"> & Partial<Pick<Event, "excerpt">>): string {
  const excerpt: Partial<Event["excerpt"]> = event.excerpt ?? {};
  const start = excerpt.start && !Number.isNaN(at(excerpt.start)) ? moment(at(excerpt.start)) : null;
  const guest = excerpt.guest ?? excerpt.contact ?? null;
  const parts = (...given: (string | null | undefined)[]) =>
    given
      .filter((part): part is string => !!part)
      .map(apart)
      .join(", ");
  const text = (() => {
    switch (event.type) {
      case "booking.rescheduled":
        return parts(guest, start && `now ${start}`);
      case "booking.reassigned":
        return parts(guest, excerpt.hosts?.length ? `to ${excerpt.hosts.map(userName).join(" and ")}` : null);
      case "booking.canceled":
      case "booking.canceled_reschedule_requested":
        return parts(guest, excerpt.reason ? `“${excerpt.reason}”` : start);
      default:
        if (!event.type.startsWith("conversation.")) return parts(guest, start);
        return parts(
          excerpt.contact ?? excerpt.bot,
          excerpt.answers === 1 ? "1 answer" : excerpt.answers ? `${excerpt.answers} answers` : null,
        );
    }
  })();
  return text || visible(event.subject ?? "");
}
