// What else a booking may have: where it is, on which page it was made, who made it, and whether it was paid.
import { all } from "../../api/client";
import type { BookingPage, EventType, MasterPage, Slot } from "../../api/objects";
import { Fault } from "../../components/Button";
import { TextField } from "../../components/TextField";
import { useOnce } from "../../state/follow";
import { asked, type Options, placeName } from "../../state/schedule";
import { visible } from "../../words/bytes";

interface Props {
  slot: Slot | null;
  options: Options;
  onOptions: (options: Options) => void;
  /** What the server has against a field. */
  faultAt: (field: string) => string | null;
}

export function BookingOptions({ slot, options, onOptions, faultAt }: Props) {
  const pages = useOnce(async () => ({
    bookingPage: await all<BookingPage>("booking-pages", {}, 100),
    eventType: await all<EventType>("event-types", {}, 100),
    masterPage: await all<MasterPage>("master-pages", {}, 100),
  }));
  const change = (changed: Partial<Options>) => onOptions({ ...options, ...changed });
  const places = slot?.locations ?? [];
  const question = asked(options.place);
  return (
    <>
      <div class="guest-fields">
        <label class="field">
          <span>Where</span>
          <select
            class="input"
            value={options.place ? places.indexOf(options.place) : ""}
            onChange={(event) => change({ place: places[Number(event.currentTarget.value || -1)] ?? null })}
            data-test="place"
          >
            <option value="">The host's own, online first</option>
            {places.map((place, index) => (
              <option key={index} value={index}>
                {visible(placeName(place))}
              </option>
            ))}
          </select>
          {!slot && <small>A time offers its places.</small>}
        </label>
        {question && (
          <TextField
            label={question}
            value={options.said}
            onValue={(said) => change({ said })}
            error={faultAt("location") ?? faultAt("location.value")}
            test="place-said"
          />
        )}
        <Choice
          label="Booking page"
          of={pages.answer.value?.bookingPage}
          chosen={options.bookingPage}
          onChoose={(bookingPage) => change({ bookingPage })}
          test="booking-page"
        />
        <Choice
          label="Event type"
          of={pages.answer.value?.eventType}
          chosen={options.eventType}
          onChoose={(eventType) => change({ eventType })}
          test="event-type"
        />
        <Choice
          label="Master page"
          of={pages.answer.value?.masterPage}
          chosen={options.masterPage}
          onChoose={(masterPage) => change({ masterPage })}
          test="master-page"
        />
      </div>
      <Fault error={pages.error.value} />
      <label class="check">
        <input
          type="checkbox"
          checked={options.paid}
          onChange={(event) => change({ paid: event.currentTarget.checked })}
          data-test="paid"
        />
        <span>The guest paid 45.00 EUR</span>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={options.byAdministrator}
          onChange={(event) => change({ byAdministrator: event.currentTarget.checked })}
          data-test="by-administrator"
        />
        <span>An administrator made it, so that it shows no form</span>
      </label>
    </>
  );
}

function Choice({
  label,
  of,
  chosen,
  onChoose,
  test,
}: {
  label: string;
  of: readonly Pick<BookingPage, "id" | "name">[] | undefined;
  chosen: string;
  onChoose: (id: string) => void;
  test: string;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <select class="input" value={chosen} onChange={(event) => onChoose(event.currentTarget.value)} data-test={test}>
        <option value="">None</option>
        {of?.map(({ id, name }) => (
          <option key={id} value={id}>
            {visible(name)}
          </option>
        ))}
      </select>
    </label>
  );
}
