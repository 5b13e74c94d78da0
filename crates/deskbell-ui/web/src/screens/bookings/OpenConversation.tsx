// The open conversation: what was said, what can be done to it, and what rang.

import { CircleDashed, CornerDownRight, type LucideIcon, MessageSquareText, UserRoundX } from "lucide-preact";
import { useState } from "preact/hooks";
import type { Conversation } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { TextField } from "../../components/TextField";
import { Actions } from "../../state/actions";
import type { Sandbox } from "../../state/bookings";
import { useStore } from "../../state/follow";
import { Rang } from "../../state/rang";
import { CONVERSATION_ACTIONS, worded } from "../../words/booking";
import { visible } from "../../words/bytes";
import { Hint, WhatRang } from "./WhatRang";

const QUESTIONS = [
  { question: "What is your name?", internal_label: "full_name" },
  { question: "What is it about?", internal_label: "topic" },
  { question: "How large is your team?", internal_label: "team_size" },
  { question: "What is your e-mail address?", internal_label: "email" },
];

const icons: Record<string, LucideIcon> = { close: MessageSquareText, abandon: UserRoundX };

export function OpenConversation({ sandbox, conversation }: { sandbox: Sandbox; conversation: Conversation }) {
  const { id, answers } = conversation;
  const rang = useStore(() => new Rang(id), [id]);
  const actions = useStore(() => new Actions("conversation", id), [id]);
  const [hinted, hint] = useState<string | null>(null);
  const [refused, refuse] = useState<unknown>(null);
  const list = worded(actions.list.value, CONVERSATION_ACTIONS);
  const canAnswer = actions.list.value.some(({ name, allowed }) => name === "answer" && allowed);
  const shown = list.find(({ name, off }) => name === hinted && !off);
  const act = async (action: string, body: object) => {
    try {
      await sandbox.talk(id, action, body);
      await actions.refresh();
      refuse(null);
      hint(null);
    } catch (error) {
      refuse(error);
    }
  };
  return (
    <div class="talk-open" data-test="conversation-open">
      <p class="booking-facts second">
        <span class="nowrap">
          <span class="mono strong">{id}</span> <Copy text={id} what="the id" />
        </span>
        <span>with {visible(sandbox.parties(conversation).bot) || "a chatbot"}</span>
      </p>
      {answers.length > 0 && (
        <dl class="talk-answers">
          {answers.map((answer) => (
            <div key={answer.id}>
              <dt class="second">
                <bdi>{visible(answer.question)}</bdi>
              </dt>
              <dd>
                <bdi>{visible(answer.value)}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {canAnswer && <AnswerForm number={answers.length} onAnswer={(body) => act("answer", body)} />}
      <div class="actions">
        {list.map(({ name, word, busy, off }) => {
          const lift = () => hint(name);
          const leave = () => hint(null);
          return (
            <span key={name} onPointerEnter={lift} onPointerLeave={leave} onFocusIn={lift} onFocusOut={leave}>
              <Button
                icon={icons[name] ?? CircleDashed}
                busy={busy}
                off={off}
                onPress={() => act(name, {})}
                test={`talk-${name}`}
              >
                {word}
              </Button>
            </span>
          );
        })}
        {[...new Set(list.map(({ off }) => off))].map(
          (off) =>
            off && (
              <span key={off} class="quiet small">
                {off}
              </span>
            ),
        )}
      </div>
      <Fault error={refused ?? actions.error.value} />
      <WhatRang rang={rang}>{shown && <Hint word={shown.word} types={shown.rings} />}</WhatRang>
    </div>
  );
}

/** An answer rings nothing; it is in the payload of what rings at the end. */
function AnswerForm({ number, onAnswer }: { number: number; onAnswer: (body: object) => Promise<unknown> }) {
  const asked = QUESTIONS[number % QUESTIONS.length] ?? { question: "Anything else?", internal_label: "more" };
  const [value, setValue] = useState("");
  const send = async () => {
    if (!value.trim()) return;
    await onAnswer({ ...asked, value: value.trim() });
    setValue("");
  };
  return (
    <form
      class="answer-form"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <TextField
        label={asked.question}
        value={value}
        onValue={setValue}
        test="answer-value"
        more={{ maxLength: 2000 }}
      />
      <Button
        icon={CornerDownRight}
        busy="Answering"
        off={!value.trim() && "Write an answer first."}
        onPress={send}
        test="answer"
      >
        Answer
      </Button>
    </form>
  );
}
