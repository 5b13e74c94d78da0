// Name and URL, with the reader's inboxes as URLs that take one click.
import { Inbox as InboxIcon, Plus } from "lucide-preact";
import { useState } from "preact/hooks";
import { post } from "../../api/client";
import type { Inbox } from "../../api/objects";
import { Fault } from "../../components/Button";
import { TextField } from "../../components/TextField";
import { inboxes, session } from "../../state/account";
import { visible } from "../../words/bytes";
import { type Faults, judged } from "./faults";

interface Props {
  name: string;
  url: string;
  faults: Faults;
  onName: (name: string) => void;
  onUrl: (url: string) => void;
}

/** Inboxes that are offered; more would be a list of its own. */
const OFFERED = 4;

export function Where({ name, url, faults, onName, onUrl }: Props) {
  const [error, setError] = useState<unknown>(null);
  const open = async () => {
    try {
      const inbox = await post<Inbox>("inboxes", { name: name.trim() || "Inbox" });
      inboxes.value = [inbox, ...inboxes.value];
      onUrl(inbox.url);
      setError(null);
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <div class="stack">
      <TextField
        label="Name"
        value={name}
        onValue={onName}
        error={faults.name}
        test="name"
        more={{ autofocus: true, maxLength: 255, autocomplete: "off", placeholder: "CRM sync" }}
      />
      <TextField
        label="URL"
        value={url}
        onValue={onUrl}
        error={judged(url, session.value?.settings.allow_http ?? false) ?? faults.url}
        test="url"
        mono
        more={{
          autocomplete: "off",
          spellcheck: false,
          autocapitalize: "off",
          inputMode: "url",
          placeholder: "https://hooks.northwind.example/in/bookings",
        }}
      />
      <div class="offer">
        <span class="legend" id="offer-inbox">
          Or an inbox, which shows both sides
        </span>
        <div class="chips" role="group" aria-labelledby="offer-inbox">
          {inboxes.value.slice(0, OFFERED).map((inbox) => (
            <button
              key={inbox.id}
              type="button"
              class="chip"
              aria-pressed={url === inbox.url}
              onClick={() => onUrl(inbox.url)}
              data-test="offer-inbox"
            >
              <InboxIcon size={13} aria-hidden="true" />
              <bdi>{visible(inbox.name)}</bdi>
            </button>
          ))}
          <button type="button" class="chip" onClick={open} data-test="offer-new-inbox">
            <Plus size={13} aria-hidden="true" />A new inbox
          </button>
        </div>
        <Fault error={error} />
      </div>
    </div>
  );
}
