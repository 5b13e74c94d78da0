// Every event that is kept, each with the way to its deliveries and to why.
import { useState } from "preact/hooks";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { Trigger } from "../../components/Outcome";
import { now } from "../../state/clock";
import { Events } from "../../state/events";
import { useStore } from "../../state/follow";
import { to } from "../../state/route";
import { value } from "../../words/payload";
import { age, at, when } from "../../words/time";

const ORIGINS: Record<string, string> = { platform: "by the API", sandbox: "in the sandbox", sample: "a sample" };

export function EventsTab() {
  const events = useStore(() => new Events());
  const [error, setError] = useState<unknown>(null);
  const list = events.list.value;
  return (
    <>
      <Fault error={events.error.value} />
      {list.length === 0 ? (
        <p class="empty" data-test="no-events">
          {events.loading.value ? "Loading the events" : "No event was made yet."}
        </p>
      ) : (
        <ul class="lined" data-test="events">
          {list.map((event) => (
            <li key={event.id} data-test="event" data-id={event.id}>
              <a class="plain" href={to(["deliveries"], { q: `event:${event.id}` })} data-test="event-deliveries">
                <Trigger type={event.type} />
              </a>
              <span class="second lined-what">
                <bdi>{value(event)}</bdi>
              </span>
              <span class="quiet lined-by">{ORIGINS[event.origin] ?? event.origin}</span>
              <span class="nowrap">
                <span class="mono quiet">{event.id}</span> <Copy text={event.id} what="the event's id" />
              </span>
              <a href={to(["why"], { event: event.id })}>Why not?</a>
              <span class="quiet number lined-age" title={event.creation_time}>
                {age(at(event.creation_time), now.value)}
              </span>
            </li>
          ))}
        </ul>
      )}
      {events.more.value && (
        <div class="actions lined-foot">
          <Button busy="Fetching" onPress={() => events.older().catch(setError)} test="older">
            Show older ones
          </Button>
        </div>
      )}
      <Fault error={error} />
      {!events.more.value && events.cut.value && (
        <p class="quiet lined-foot" data-test="cut">
          Events from before {when(at(events.cut.value), now.value)} were deleted: they were older than they are kept.
        </p>
      )}
    </>
  );
}
