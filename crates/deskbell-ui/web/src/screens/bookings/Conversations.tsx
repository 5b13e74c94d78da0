// The conversations with chatbots, newest first; the open one unfolds in place.

import { MessageCircle, MessageSquareText } from "lucide-preact";
import { useState } from "preact/hooks";
import type { Conversation } from "../../api/objects";
import { Button } from "../../components/Button";
import type { Sandbox } from "../../state/bookings";
import { now } from "../../state/clock";
import type { Tallies } from "../../state/tallies";
import type { Stand } from "../../words/booking";
import { plural, visible } from "../../words/bytes";
import { age, at, clockTime } from "../../words/time";
import { dayStart } from "../../words/week";
import { OpenConversation } from "./OpenConversation";
import { newestFirst, place } from "./place";
import { RangMark } from "./StateMark";

interface Props {
  sandbox: Sandbox;
  tallies: Tallies;
  open: string | null;
  stand: Stand;
}

const SHOWN = 5;

export function Conversations({ sandbox, tallies, open, stand }: Props) {
  const [whole, showAll] = useState(false);
  const all = newestFirst([...sandbox.conversations.value.values()]);
  const list = all.filter(({ id, status }, index) => whole || index < SHOWN || id === open || status === "started");
  const today = dayStart(now.value);
  const started = all.filter(({ status }) => status === "started").length;
  return (
    <section class="card talks" aria-labelledby="talks-title" data-test="conversations">
      <header>
        <h2 id="talks-title">Conversations</h2>
        <span class="second number">
          {started} open, {all.filter(({ creation_time }) => at(creation_time) >= today).length} today
        </span>
      </header>
      {all.length === 0 ? (
        <p class="quiet talks-none">
          {sandbox.loading.value
            ? "Loading the conversations"
            : "Nobody talks to a chatbot. Start a conversation, and it rings."}
        </p>
      ) : (
        <ul>
          {list.map((conversation) => (
            <li key={conversation.id} class={conversation.id === open ? "open" : undefined}>
              <a
                class="talk-row"
                href={place(conversation.id === open ? null : conversation.id, stand)}
                aria-current={conversation.id === open ? "true" : undefined}
                aria-expanded={conversation.id === open}
                data-test="conversation"
                data-id={conversation.id}
              >
                {conversation.status === "started" ? (
                  <MessageCircle size={16} class="accent" aria-hidden="true" />
                ) : (
                  <MessageSquareText size={16} class="quiet" aria-hidden="true" />
                )}
                <span class="cut">
                  <Words conversation={conversation} sandbox={sandbox} />
                </span>
                <RangMark
                  tally={tallies.all.value.get(conversation.id)}
                  known={tallies.known.value.has(conversation.id)}
                />
              </a>
              {conversation.id === open && (
                <OpenConversation key={conversation.id} sandbox={sandbox} conversation={conversation} />
              )}
            </li>
          ))}
        </ul>
      )}
      {!whole && all.length > list.length && (
        <p class="talks-more">
          <Button kind="ghost" onPress={() => showAll(true)} test="all-conversations">
            Show {plural(all.length - list.length, "more", "more")}
          </Button>
        </p>
      )}
    </section>
  );
}

function Words({ conversation, sandbox }: { conversation: Conversation; sandbox: Sandbox }) {
  const { contact, bot } = sandbox.parties(conversation);
  const changed = at(conversation.last_updated_time);
  const answers = conversation.answers.length ? plural(conversation.answers.length, "answer") : "no answer yet";
  const when =
    now.value - changed < 3_600_000
      ? `${age(changed, now.value)}${now.value - changed < 1_000 ? "" : " ago"}`
      : `at ${clockTime(changed)}`;
  return (
    <>
      <b>
        <bdi>{visible(contact || conversation.id)}</bdi>
      </b>{" "}
      <span class="second">
        {conversation.status === "started"
          ? `talks to ${visible(bot) || "a chatbot"}, ${answers}`
          : `${conversation.status} ${when}, ${conversation.answers.length ? answers : "no answer"}`}
      </span>
    </>
  );
}
