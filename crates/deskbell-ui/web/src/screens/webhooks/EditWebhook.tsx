// Changes a webhook's name, URL and events.
import { useState } from "preact/hooks";
import type { Webhook } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { changeWebhook } from "../../state/webhooks";
import { EventChoice } from "./EventChoice";
import { type Faults, faultsOf, missing, NO_EVENTS } from "./faults";
import { Where } from "./Where";

export function EditWebhook({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const [name, setName] = useState(webhook.name);
  const [url, setUrl] = useState(webhook.url);
  const [events, setEvents] = useState<readonly string[]>(webhook.events);
  const [faults, setFaults] = useState<Faults>({});
  const save = async () => {
    const found = { ...missing(name, url), ...(events.length === 0 ? { events: NO_EVENTS } : {}) };
    setFaults(found);
    if (Object.keys(found).length > 0) return;
    // Only what was changed: what somebody else changed meanwhile stays.
    const change = {
      ...(name.trim() !== webhook.name ? { name: name.trim() } : {}),
      ...(url.trim() !== webhook.url ? { url: url.trim() } : {}),
      ...(events.join() !== webhook.events.join() ? { events } : {}),
    };
    if (Object.keys(change).length === 0) return onClose();
    try {
      await changeWebhook(webhook.id, change);
      onClose();
    } catch (error) {
      setFaults(faultsOf(error, name));
    }
  };
  return (
    <Dialog title="Edit the webhook" wide onClose={onClose}>
      <form onSubmit={(event) => event.preventDefault()} novalidate>
        <Where name={name} url={url} faults={faults} onName={setName} onUrl={setUrl} />
        <EventChoice events={events} onEvents={setEvents} error={faults.events} />
        <p class="quiet small">Tries that start after this use the new URL. What was owed before stays owed.</p>
        <Fault error={faults.other} />
        <footer>
          <Button kind="ghost" onPress={onClose} test="cancel">
            Cancel
          </Button>
          <Button kind="main" submit busy="Saving" onPress={save} test="save">
            Save
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
