// The open conversation: what was said, what can be done to it, and what rang.

import { CornerDownRight, MessageSquareText, UserRoundX } from "lucide-preact";
import { useState } from "preact/hooks";
import type { Conversation } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { TextField } from "../../components/TextField";
import type { Sandbox } from "../../state/bookings";
import { visible } from "../../words/bytes";
import { useRang } from "./OpenBooking";
import { Hint, WhatRang } from "./WhatRang";

const QUESTIONS = [
  { question: "What is your name?", internal_label: "full_name" },
  { question: "What is it about?", internal_label: "topic" },
  { question: "How large is your team?", internal_label: "team_size" },
  { question: "What is your e-mail address?", internal_label: "email" },
];

const STEPS = [
  { key: "close", word: "Close", busy: "Closing", icon: MessageSquareText, rings: "conversation.closed" },
  { key: "abandon", word: "Let it lapse", busy: "Leaving", icon: UserRoundX, rings: "conversation.abandoned" },
] as const;

export function OpenConversation({ sandbox, talk }: { sandbox: Sandbox; talk: Conversation }) {
  const rang = useRang(talk.id);
  const [hinted, hint] = useState<(typeof STEPS)[number] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const off = talk.status === "started" ? null : `Only an open conversation. This one is ${talk.status}.`;
  const act = (step: string, body?: object) =>
    sandbox.talk(talk.id, step, body).then(() => (setError(null), hint(null)), setError);
  return (
    <div class="talk-open" data-test="conversation-open">
      <p class="booking-facts second">
        <span class="nowrap">
          <span class="mono strong">{talk.id}</span> <Copy text={talk.id} what="the id" />
        </span>
        <span>with {visible(sandbox.parties(talk).bot) || "a chatbot"}</span>
      </p>
      {talk.answers.length > 0 && (
        <dl class="talk-answers">
          {talk.answers.map((answer) => (
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
      {!off && <AnswerForm number={talk.answers.length} onAnswer={(body) => act("answer", body)} />}
      <div class="actions">
        {STEPS.map((step) => {
          const lift = () => hint(off ? null : step);
          return (
            <span
              key={step.key}
              onPointerEnter={lift}
              onPointerLeave={() => hint(null)}
              onFocusIn={lift}
              onFocusOut={() => hint(null)}
            >
              <Button
                icon={step.icon}
                busy={step.busy}
                off={off}
                onPress={() => act(step.key)}
                test={`talk-${step.key}`}
              >
                {step.word}
              </Button>
            </span>
          );
        })}
        {off && <span class="quiet small">{off}</span>}
      </div>
      <Fault error={error} />
      <WhatRang rang={rang}>{hinted && <Hint word={hinted.word} types={[hinted.rings]} />}</WhatRang>
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
    <form class="answer-form" onSubmit={(event) => (event.preventDefault(), void send())}>
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
