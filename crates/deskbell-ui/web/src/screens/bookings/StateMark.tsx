// A booking's state: icon, word and colour together; and how many rang for it.
import {
  CalendarCheck,
  CalendarSync,
  CalendarX,
  CircleCheck,
  CircleDashed,
  CircleX,
  Hourglass,
  type LucideIcon,
  Minus,
  RotateCw,
  UserRoundX,
} from "lucide-preact";
import type { Tally } from "../../state/tallies";
import { BOOKING_STATES, stateWord } from "../../words/booking";

const icons: Record<string, LucideIcon> = {
  requested: Hourglass,
  scheduled: CalendarCheck,
  rescheduled: CalendarSync,
  completed: CircleCheck,
  canceled: CalendarX,
  no_show: UserRoundX,
};

export function StateMark({ status }: { status: string }) {
  const Icon = icons[status] ?? CircleDashed;
  return (
    <span class="booking-state" data-test="booking-state" data-state={status}>
      <Icon size={15} class={BOOKING_STATES[status]?.tone ?? "quiet"} aria-hidden="true" />
      <span>{stateWord(status)}</span>
    </span>
  );
}

/** `rang 3` and how they fared; `known` says that a missing tally means none. */
export function RangMark({
  tally,
  known,
  none = "rang nobody",
}: {
  tally: Tally | undefined;
  known: boolean;
  none?: string;
}) {
  if (!tally)
    return known ? (
      <span class="rang-mark quiet">
        {none}
        <Minus size={15} aria-hidden="true" />
      </span>
    ) : null;
  const { rang, open, over } = tally;
  const [Icon, tone, words] = over
    ? ([CircleX, "bad", "not all arrived"] as const)
    : open
      ? ([RotateCw, "wait", "some on their way"] as const)
      : ([CircleCheck, "good", "all arrived"] as const);
  return (
    <span class="rang-mark second number" title={words}>
      rang {rang}
      <Icon size={15} class={tone} aria-hidden="true" />
      <span class="readers">, {words}</span>
    </span>
  );
}
