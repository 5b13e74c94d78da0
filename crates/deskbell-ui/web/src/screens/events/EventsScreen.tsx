// What happened, newest first; and beside it the calls that led to nothing, each with its reason.
import { Tabs } from "../../components/Tabs";
import { go, route, to } from "../../state/route";
import { CallsTab } from "./CallsTab";
import { EventsTab } from "./EventsTab";
import "../../styles/events.css";

type Part = "all" | "calls";

export function EventsScreen() {
  const part: Part = route.value.parts[0] === "calls" ? "calls" : "all";
  return (
    <div class="reading events-screen" data-test="events-screen">
      <div class="screen-head">
        <div>
          <h1>Events</h1>
          <p class="second">
            What programs and the sandbox made, and what they called that was refused, repeated or owed to nobody.
          </p>
        </div>
      </div>
      <Tabs
        label="Events"
        chosen={part}
        onChoose={(key) => go(to(key === "calls" ? ["events", "calls"] : ["events"]))}
        tabs={[
          { key: "all" as const, word: "Events" },
          { key: "calls" as const, word: "Not sent on" },
        ]}
      />
      {part === "calls" ? <CallsTab /> : <EventsTab />}
    </div>
  );
}
