// The open slots of a calendar: a day, then a time of it.
import { useEffect, useState } from "preact/hooks";
import { get } from "../../api/client";
import type { Slot } from "../../api/objects";
import { Fault } from "../../components/Button";
import { useOnce } from "../../state/follow";
import { at, shortClock, zone } from "../../words/time";
import { dayAndDate, dayStart } from "../../words/week";

const REACH = 14 * 86_400_000;

/** The slot of the same day that is nearest; none, when that day is full. */
function nearestTo(slots: readonly Slot[], time: number): Slot | undefined {
  const away = ({ start_time }: Slot) => Math.abs(at(start_time) - time);
  const ofDay = slots.filter(({ start_time }) => dayStart(at(start_time)) === dayStart(time));
  return ofDay.sort((a, b) => away(a) - away(b))[0];
}

interface Props {
  calendar: string;
  chosen: string | null;
  /** The time that was pointed at: the open slot nearest to it is chosen at once. */
  near?: number | null | undefined;
  onChoose: (slot: Slot) => void;
}

export function SlotChoice({ calendar, chosen, near, onChoose }: Props) {
  const [chosenDay, setDay] = useState<number | null>(null);
  const found = useOnce(
    (signal) => {
      // What was pointed at may be further away than the days that are looked at otherwise.
      const from = near && near > Date.now() + REACH ? dayStart(near) : null;
      const bounds = {
        start_time: from && new Date(from).toISOString(),
        end_time: new Date((from ?? Date.now()) + REACH).toISOString(),
      };
      return get<readonly Slot[]>(`booking-calendars/${calendar}/time-slots`, bounds, signal);
    },
    [calendar],
  );
  const slots = found.answer.value;
  const error = found.error.value;
  useEffect(() => {
    setDay(null);
    const nearest = slots && near && nearestTo(slots, near);
    if (nearest) onChoose(nearest);
  }, [slots]);
  if (error) return <Fault error={error} />;
  if (!slots)
    return (
      <p class="quiet" role="status">
        Looking for open slots
      </p>
    );
  if (slots.length === 0)
    return (
      <p class="note">
        No slot of this calendar is open in the next two weeks. Cancel a booking, or choose another calendar.
      </p>
    );
  const days = [...new Set(slots.map(({ start_time }) => dayStart(at(start_time))))];
  const day = chosenDay ?? (chosen ? dayStart(at(chosen)) : days[0]);
  return (
    <fieldset class="slots" data-test="slots">
      <legend class="legend">When, {zone}</legend>
      <div class="chips" role="group" aria-label="Day">
        {days.map((one) => (
          <button
            key={one}
            type="button"
            class="chip"
            aria-pressed={one === day}
            onClick={() => setDay(one)}
            data-test="slot-day"
          >
            {dayAndDate(one)}
          </button>
        ))}
      </div>
      <div class="chips number" role="group" aria-label="Time">
        {slots
          .filter(({ start_time }) => dayStart(at(start_time)) === day)
          .map((slot) => (
            <button
              key={slot.start_time}
              type="button"
              class="chip"
              aria-pressed={slot.start_time === chosen}
              onClick={() => onChoose(slot)}
              data-test="slot"
            >
              {shortClock(at(slot.start_time))}
            </button>
          ))}
      </div>
    </fieldset>
  );
}
