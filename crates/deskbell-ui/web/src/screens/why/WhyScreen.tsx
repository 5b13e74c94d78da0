// Why did a webhook not get an event? The question is the form, the address holds it, and the ledger answers in words first.

import { ChevronRight } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { Fault } from "../../components/Button";
import { webhook as known, loaded, webhooks } from "../../state/account";
import { useStore } from "../../state/follow";
import { go, route, to } from "../../state/route";
import { Answered, complete, isWhole, NoWebhook, type Question, read } from "../../state/why";
import { visible } from "../../words/bytes";
import { AnswerCard } from "./AnswerCard";
import { Beside } from "./Beside";
import { QuestionForm } from "./QuestionForm";
import "../../styles/why.css";

export function WhyScreen() {
  const { query } = route.value;
  const key = query.toString();
  const given = read(query);
  const whole = isWhole(given) && !query.get("delivery") && !query.get("inbox") ? given : null;
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    if (whole || !loaded.value) return;
    setError(null);
    complete(query, webhooks.peek()).then((question) => change(question), setError);
  }, [key, whole !== null, loaded.value]);

  if (whole) return <Asked question={whole} />;
  return (
    <div class="reading why" data-test="why">
      <Crumbs webhook={given.webhook} />
      {error instanceof NoWebhook ? (
        <div class="card empty">
          <b>{error.message}</b>
          <p>Point a webhook at it, and what happens from then on is sent.</p>
          <a class="button" href="#/webhooks/new">
            Create a webhook
          </a>
        </div>
      ) : error ? (
        <Fault error={error}>
          Ask about another one: <a href="#/why">start over</a>
        </Fault>
      ) : (
        <p class="empty" role="status">
          Looking for what is asked about
        </p>
      )}
    </div>
  );
}

const change = (question: Question): void => go(to(["why"], { ...question }), true);

function Asked({ question }: { question: Question }) {
  const answered = useStore(() => new Answered(question));
  useEffect(() => void answered.ask(question), [JSON.stringify(question)]);
  const error = answered.error.value;
  const why = error ? null : answered.why.value;
  return (
    <div class="reading why" data-test="why">
      <Crumbs webhook={question.webhook} />
      <div class="columns">
        <div class="stack">
          <QuestionForm question={question} why={why} onQuestion={change} />
          <Fault error={error} />
          {why ? (
            <AnswerCard why={why} onQuestion={change} onAgain={() => void answered.refresh()} />
          ) : (
            !error && (
              <p class="card empty" role="status">
                Asking the ledger
              </p>
            )
          )}
        </div>
        {why && <Beside why={why} />}
      </div>
    </div>
  );
}

function Crumbs({ webhook }: { webhook: string | undefined }) {
  const found = webhook ? known(webhook) : null;
  return (
    <nav class="crumbs" aria-label="Where you are">
      <a href={to(["webhooks"])}>Webhooks</a>
      {found && (
        <>
          <ChevronRight size={13} aria-hidden="true" />
          <a href={to(["webhooks", found.id])}>
            <bdi>{visible(found.name)}</bdi>
          </a>
        </>
      )}
      <ChevronRight size={13} aria-hidden="true" />
      <span>Why not?</span>
    </nav>
  );
}
