// One inbox: its address, what it captured, the request that is open, and what it is told to answer.

import { Bell, BellOff, ConciergeBell, Pencil, Trash2, Volume2, VolumeX } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { get, patch, remove } from "../../api/client";
import type { Inbox } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { Deaf, deaf } from "../../components/Deaf";
import { Dialog } from "../../components/Dialog";
import { Menu, MenuItem } from "../../components/Menu";
import { Tabs } from "../../components/Tabs";
import { inboxes, loadInboxes } from "../../state/account";
import { Captures } from "../../state/captures";
import { useOnce, useStore } from "../../state/follow";
import { bind } from "../../state/keys";
import { ringInto } from "../../state/opening";
import { go, to } from "../../state/route";
import { choose, tellings, useTelling } from "../../state/telling";
import { useUnread } from "../../state/unread";
import { day } from "../../words/time";
import { CaptureDetail } from "./CaptureDetail";
import { CaptureList } from "./CaptureList";
import { Export } from "./Export";
import { Script } from "./Script";

export function InboxScreen({ id, open }: { id: string; open: string | null }) {
  const found = useOnce(() => get<Inbox>(`inboxes/${id}`), [id]);
  const inbox = found.answer.value ?? inboxes.value.find((one) => one.id === id) ?? null;
  const captures = useStore(() => new Captures(id), [id]);
  // What was deleted is counted too, so that what comes next is one.
  const captured = found.answer.value?.captured ?? null;
  const arrived =
    captured === null || captures.loading.value ? null : Math.max(captured, captures.list.value[0]?.number ?? 0);
  useUnread(arrived, `${inbox?.name ?? "Inbox"} · Deskbell`);
  useTelling(arrived, inbox?.name ?? "Inbox");
  const [refused, refuse] = useState<unknown>(null);
  /** Why it cannot be told of arrivals as was wished. */
  const [untold, untell] = useState<unknown>(null);
  const [dialog, setDialog] = useState<"rename" | "delete" | null>(null);
  const [side, setSide] = useState<"request" | "script">("request");
  const error = refused ?? found.error.value;
  const change = (changed: Inbox) => {
    found.answer.value = changed;
    void loadInboxes();
  };
  useEffect(() => {
    const step = (by: number) => {
      const ids = captures.ids.peek();
      const index = open ? ids.indexOf(open) : -1;
      const next = ids[index < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, index + by))];
      if (next) go(to(["inboxes", id, next]), true);
    };
    return bind({ j: () => step(1), k: () => step(-1), Escape: open ? () => go(to(["inboxes", id])) : undefined });
  }, [id, open]);

  if (error || !inbox) {
    return (
      <div class="reading">
        {error ? (
          <Fault error={error}>
            <a href="#/inboxes">All inboxes</a>
          </Fault>
        ) : (
          <p class="empty" role="status">
            Loading the inbox
          </p>
        )}
      </div>
    );
  }
  const ring = () => ringInto(inbox).then(() => refuse(null), refuse);
  return (
    <div class="inbox" data-test="inbox-screen">
      <header class="inbox-head">
        <h1 class="cut">
          <bdi>{inbox.name}</bdi>
        </h1>
        <div class="value-box">
          <span class="mono cut" data-test="inbox-url">
            {inbox.url}
          </span>
          <Copy text={inbox.url} what="the address" />
        </div>
        <span class="quiet wide-only">kept until {day(Date.parse(inbox.expiry_time))}</span>
        <div class="actions">
          <Button icon={ConciergeBell} busy="Booking" off={deaf(inbox)} onPress={ring} test="ring">
            Send me a booking
          </Button>
          <Export id={id} />
          <Menu label="More" kind="button">
            <MenuItem icon={Pencil} onPress={() => setDialog("rename")}>
              Rename
            </MenuItem>
            <MenuItem
              icon={tellings.value.sound ? VolumeX : Volume2}
              onPress={() => choose("sound", !tellings.value.sound).then(() => untell(null), untell)}
              test="tell-sound"
            >
              {tellings.value.sound ? "No sound any more" : "A sound when something comes"}
            </MenuItem>
            <MenuItem
              icon={tellings.value.notification ? BellOff : Bell}
              onPress={() => choose("notification", !tellings.value.notification).then(() => untell(null), untell)}
              test="tell-notification"
            >
              {tellings.value.notification ? "No notification any more" : "A notification when something comes"}
            </MenuItem>
            <MenuItem
              icon={Trash2}
              onPress={() => remove(`inboxes/${id}/requests`).then(() => captures.clear(), refuse)}
              test="inbox-clear"
            >
              Delete what it captured
            </MenuItem>
            <MenuItem icon={Trash2} danger onPress={() => setDialog("delete")}>
              Delete the inbox
            </MenuItem>
          </Menu>
        </div>
      </header>
      <div class="inbox-note">
        <Deaf inbox={inbox} />
        <Fault error={untold} />
      </div>
      <div class={`inbox-body ${open ? "open" : ""} ${side}`}>
        <section class="pane-list" aria-label="Captured requests">
          <CaptureList captures={captures} inbox={inbox} open={open} />
        </section>
        <section class="pane-detail" aria-label="The request">
          <div class="inbox-switch">
            <Tabs
              label="This inbox"
              chosen={side}
              onChoose={setSide}
              tabs={[
                { key: "request", word: "The request" },
                { key: "script", word: "What it answers" },
              ]}
            />
          </div>
          <CaptureDetail key={open} inbox={inbox} captures={captures} id={open} />
        </section>
        <section class="pane-script" aria-label="What this inbox answers">
          <div class="inbox-switch">
            <Tabs
              label="This inbox"
              chosen={side}
              onChoose={setSide}
              tabs={[
                { key: "request", word: "The request" },
                { key: "script", word: "What it answers" },
              ]}
            />
          </div>
          <Script inbox={inbox} onSaved={change} />
        </section>
      </div>
      {dialog === "rename" && (
        <Rename
          inbox={inbox}
          onDone={(renamed) => {
            change(renamed);
            setDialog(null);
          }}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === "delete" && (
        <Dialog title="Delete this inbox" onClose={() => setDialog(null)}>
          <p class="second">
            Its address stops answering, and all it captured is gone. Webhooks that point at it will fail. This cannot
            be undone.
          </p>
          <footer>
            <Button onPress={() => setDialog(null)}>Keep it</Button>
            <Button
              kind="danger"
              icon={Trash2}
              busy="Deleting"
              test="inbox-delete"
              onPress={() =>
                remove(`inboxes/${id}`)
                  .then(() => loadInboxes())
                  .then(
                    () => go("#/inboxes"),
                    (failed: unknown) => {
                      refuse(failed);
                      setDialog(null);
                    },
                  )
              }
            >
              Delete
            </Button>
          </footer>
        </Dialog>
      )}
    </div>
  );
}

function Rename({ inbox, onDone, onClose }: { inbox: Inbox; onDone: (inbox: Inbox) => void; onClose: () => void }) {
  const [name, setName] = useState(inbox.name);
  const [error, setError] = useState<unknown>(null);
  const save = () => patch<Inbox>(`inboxes/${inbox.id}`, { name: name.trim() }).then(onDone, setError);
  return (
    <Dialog title="Rename this inbox" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <label class="field">
          <span>Name</span>
          <input class="input" value={name} maxLength={255} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <Fault error={error} />
        <footer>
          <Button kind="main" busy="Saving" onPress={save}>
            Save
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
