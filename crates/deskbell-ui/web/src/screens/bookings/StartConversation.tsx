// Starts a conversation of a visitor with a chatbot.
import { useState } from "preact/hooks";
import { all, post } from "../../api/client";
import type { Bot, Contact, Conversation } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { nameOf } from "../../state/bookings";
import { useOnce } from "../../state/follow";
import { visible } from "../../words/bytes";
import { Hint } from "./WhatRang";

export function StartConversation({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const found = useOnce(() => Promise.all([all<Bot>("bots", {}, 100), all<Contact>("contacts", {}, 100)]));
  const [bots, contacts] = found.answer.value ?? [null, []];
  const [chosenBot, setBot] = useState<string | null>(null);
  const [chosenContact, setContact] = useState<string | null>(null);
  const [refused, refuse] = useState<unknown>(null);
  const bot = chosenBot ?? bots?.[0]?.id;
  const contact = chosenContact ?? contacts[0]?.id;
  const error = refused ?? found.error.value;
  const start = async () => {
    try {
      const { id } = await post<Conversation>("conversations", {
        ...(bot ? { bot } : {}),
        ...(contact ? { contact } : {}),
      });
      onMade(id);
    } catch (failed) {
      refuse(failed);
    }
  };
  return (
    <Dialog title="Start a conversation" onClose={onClose}>
      <form onSubmit={(event) => event.preventDefault()}>
        {bots ? (
          <>
            <label class="field">
              <span>Visitor</span>
              <select
                class="input"
                value={contact}
                onChange={(event) => setContact(event.currentTarget.value)}
                data-test="visitor"
              >
                {contacts.map((one) => (
                  <option key={one.id} value={one.id}>
                    {visible(nameOf(one))}
                  </option>
                ))}
              </select>
            </label>
            <label class="field">
              <span>Chatbot</span>
              <select class="input" value={bot} onChange={(event) => setBot(event.currentTarget.value)} data-test="bot">
                {bots.map((one) => (
                  <option key={one.id} value={one.id}>
                    {visible(one.name)}
                  </option>
                ))}
              </select>
              <small>A conversation that the visitor still has with another bot is closed by this.</small>
            </label>
            <div class="rang">
              <Hint word="Start it" types={["conversation.started"]} />
            </div>
          </>
        ) : (
          !error && (
            <p class="quiet" role="status">
              Looking for chatbots and visitors
            </p>
          )
        )}
        <Fault error={error} />
        <footer>
          <Button kind="ghost" onPress={onClose} test="cancel">
            Cancel
          </Button>
          <Button
            kind="main"
            submit
            busy="Starting"
            off={!bots && "The chatbots are being looked for."}
            onPress={start}
            test="start"
          >
            Start it
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
