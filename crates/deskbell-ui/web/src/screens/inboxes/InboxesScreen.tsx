// The inboxes: each with its address and what it took; one of them open.

import { Plus } from "lucide-preact";
import { useState } from "preact/hooks";
import { ApiError, post } from "../../api/client";
import type { Inbox } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { Dialog } from "../../components/Dialog";
import { inboxes, loaded, loadInboxes } from "../../state/account";
import { now } from "../../state/clock";
import { go, route, to } from "../../state/route";
import { count, plural, shorten } from "../../words/bytes";
import { age, at, moment } from "../../words/time";
import { InboxScreen } from "./InboxScreen";
import "../../styles/inboxes.css";

export function InboxesScreen() {
  const [id, capture] = route.value.parts;
  const [creating, create] = useState(false);
  if (id && id !== "new") return <InboxScreen key={id} id={id} open={capture ?? null} />;
  return (
    <div class="reading" data-test="inboxes">
      <header class="screen-head">
        <div>
          <h1>Inboxes</h1>
          <p class="second">An inbox takes any request, keeps it, and answers what you tell it to.</p>
        </div>
        <div class="actions">
          <Button kind="main" icon={Plus} onPress={() => create(true)} test="inbox-new">
            New inbox
          </Button>
        </div>
      </header>
      {!loaded.value ? (
        <p class="empty" role="status">
          Loading the inboxes
        </p>
      ) : inboxes.value.length === 0 ? (
        <div class="card empty">
          <b>No inboxes yet</b>
          <p>Make one, and point a webhook at its address.</p>
        </div>
      ) : (
        <div class="card">
          <table class="table">
            <thead>
              <tr>
                <th>Name</th>
                <th class="wide-only">Address</th>
                <th>Answers</th>
                <th class="right">Captured</th>
                <th class="right wide-only">Kept until</th>
              </tr>
            </thead>
            <tbody>
              {inboxes.value.map((inbox) => (
                <tr key={inbox.id} data-test="inbox">
                  <td>
                    <a href={to(["inboxes", inbox.id])}>
                      <bdi>{inbox.name}</bdi>
                    </a>
                  </td>
                  <td class="wide-only">
                    <span class="nowrap">
                      <span class="mono second">{shorten(inbox.url, 40)}</span>{" "}
                      <Copy text={inbox.url} what="the address" />
                    </span>
                  </td>
                  <td class="second">{told(inbox)}</td>
                  <td class="right">{count(inbox.captured)}</td>
                  <td class="right second wide-only" title={`Made ${age(at(inbox.creation_time), now.value)} ago`}>
                    {moment(at(inbox.expiry_time))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {(creating || id === "new") && (
        <NewInbox
          onClose={() => {
            create(false);
            if (id === "new") go("#/inboxes", true);
          }}
        />
      )}
    </div>
  );
}

/** What the inbox is told to answer, in a word or two. */
export function told(inbox: Pick<Inbox, "answers" | "relay">): string {
  if (inbox.relay) return "by a relay";
  if (inbox.answers.length === 0) return "always 200";
  if (inbox.answers.length === 1) return `always ${inbox.answers[0]?.status ?? 200}`;
  const codes = inbox.answers.slice(0, 4).map((answer) => answer.status);
  return `${codes.join(", ")}${inbox.answers.length > 4 ? `, ${plural(inbox.answers.length - 4, "more", "more")}` : ""}`;
}

function NewInbox({ onClose }: { onClose: () => void }) {
  const [error, setError] = useState<unknown>(null);
  const [name, setName] = useState("");
  const make = async () => {
    try {
      const inbox = await post<Inbox>("inboxes", name.trim() ? { name: name.trim() } : {});
      await loadInboxes();
      go(to(["inboxes", inbox.id]));
      onClose();
    } catch (failed) {
      setError(failed);
    }
  };
  const atName = error instanceof ApiError && error.field === "name";
  return (
    <Dialog title="Open an inbox" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <label class="field">
          <span>Name</span>
          <input
            class="input"
            value={name}
            maxLength={255}
            placeholder="Front desk"
            aria-invalid={atName}
            onInput={(event) => setName(event.currentTarget.value)}
            data-test="inbox-name"
          />
          {atName && <span class="field-error">{error.message}</span>}
        </label>
        {!atName && <Fault error={error} />}
        <footer>
          <Button kind="main" onPress={make} busy="Opening" test="inbox-make">
            Open it
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
