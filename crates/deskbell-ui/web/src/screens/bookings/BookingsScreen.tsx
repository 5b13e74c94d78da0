// Bookings and conversations of the sandbox: the week, the list, what can be done to each, and what rang.

import { CalendarPlus, FileDown, MessageCircle, SlidersHorizontal } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { Button, Fault } from "../../components/Button";
import { Sandbox } from "../../state/bookings";
import { useStore } from "../../state/follow";
import { bind } from "../../state/keys";
import { go, route } from "../../state/route";
import { Tallies } from "../../state/tallies";
import type { Stand } from "../../words/booking";
import { at } from "../../words/time";
import { openWeek, weekStart } from "../../words/week";
import { BookingList } from "./BookingList";
import { Conversations } from "./Conversations";
import { ImportEvent } from "./ImportEvent";
import { MakeBooking } from "./MakeBooking";
import { newestFirst, place, shownOf, sorted } from "./place";
import { SandboxSettings } from "./SandboxSettings";
import { StartConversation } from "./StartConversation";
import { Week } from "./Week";
import "../../styles/bookings.css";

/** So many bookings and conversations say what rang for them; of the others it is said when they are opened. */
const COUNTED = 60;

export function BookingsScreen() {
  const { parts, query } = route.value;
  const open = parts[0] ?? null;
  const sandbox = useStore(() => new Sandbox());
  const tallies = useStore(() => new Tallies());
  const [week, showWeek] = useState(() => openWeek(Date.now()));
  const [dialog, show] = useState<"booking" | "conversation" | "import" | "settings" | null>(null);
  const [near, point] = useState<number | null>(null);
  const [missing, setMissing] = useState<unknown>(null);
  const booking = open ? sandbox.bookings.value.get(open) : undefined;
  const stand = shownOf(query.get("show"), booking);

  const isKnown = !open || sandbox.bookings.value.has(open) || sandbox.conversations.value.has(open);
  useEffect(() => {
    setMissing(null);
    if (open && !isKnown && !sandbox.loading.value) void sandbox.find(open).catch(setMissing);
  }, [open, isKnown, sandbox.loading.value]);
  // What the address names is brought into sight, once.
  useEffect(() => {
    if (booking) showWeek(weekStart(at(booking.starting_time)));
  }, [booking?.id]);

  const list = sorted([...sandbox.bookings.value.values()], stand, open);
  const shown = [
    ...list.slice(0, COUNTED),
    ...newestFirst([...sandbox.conversations.value.values()]).slice(0, COUNTED),
  ].map(({ id }) => id);
  useEffect(() => tallies.want(shown), [shown.join()]);
  useEffect(() => {
    const step = (by: number) => {
      const index = list.findIndex(({ id }) => id === open);
      const next = list[index < 0 ? 0 : Math.min(list.length - 1, Math.max(0, index + by))];
      if (next) go(place(next.id, stand), true);
    };
    return bind({ j: () => step(1), k: () => step(-1), Escape: open ? () => go(place(null, stand)) : undefined });
  }, [list.map(({ id }) => id).join(), open, stand]);

  const close = () => {
    show(null);
    point(null);
  };
  const made = (id: string, listed: Stand) => {
    close();
    go(place(id, listed));
  };
  const imported = (id: string) => {
    void sandbox.refresh();
    made(id, "upcoming");
  };
  return (
    <div class="reading bookings" data-test="bookings">
      <div class="screen-head">
        <div class="bookings-title">
          <h1>Bookings</h1>
          <span class="tag">sandbox</span>
          <p class="second">Real life cycles, made-up people. Every action rings your webhooks.</p>
        </div>
        <div class="actions">
          <Button kind="ghost" icon={SlidersHorizontal} onPress={() => show("settings")} test="sandbox-settings">
            Settings
          </Button>
          <Button icon={FileDown} onPress={() => show("import")} test="import-event">
            Import an event
          </Button>
          <Button icon={MessageCircle} onPress={() => show("conversation")} test="start-conversation">
            Start a conversation
          </Button>
          <Button kind="main" icon={CalendarPlus} onPress={() => show("booking")} test="make-booking">
            Make a booking
          </Button>
        </div>
      </div>
      <Fault error={sandbox.error.value} />
      <Fault error={missing}>Nothing of that name is here. It may belong to another account.</Fault>
      <div class="bookings-columns">
        <Week
          sandbox={sandbox}
          week={week}
          onWeek={showWeek}
          open={open}
          stand={stand}
          onBook={(time) => {
            point(time);
            show("booking");
          }}
        />
        <BookingList
          sandbox={sandbox}
          list={list}
          tallies={tallies}
          open={open}
          stand={stand}
          onMake={() => show("booking")}
        />
        <Conversations sandbox={sandbox} tallies={tallies} open={open} stand={stand} />
      </div>
      {dialog === "booking" && (
        <MakeBooking sandbox={sandbox} near={near} onClose={close} onMade={(id) => made(id, "upcoming")} />
      )}
      {dialog === "import" && <ImportEvent onClose={close} onMade={imported} />}
      {dialog === "conversation" && <StartConversation onClose={close} onMade={(id) => made(id, stand)} />}
      {dialog === "settings" && <SandboxSettings onClose={close} />}
    </div>
  );
}
