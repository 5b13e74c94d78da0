// The question as a sentence of which each word in a box can be changed.
import { useEffect, useState } from "preact/hooks";
import { get } from "../../api/client";
import type { Event, List, Why } from "../../api/objects";
import { webhooks } from "../../state/account";
import { Events } from "../../state/events";
import { useStore } from "../../state/follow";
import type { Question } from "../../state/why";
import { visible } from "../../words/bytes";
import { value } from "../../words/payload";
import { at, clockTime, day, moment } from "../../words/time";
import { TRIGGERS } from "../../words/triggers";

interface Props {
  question: Question;
  why: Why | null;
  onQuestion: (question: Question) => void;
}

/** Stands for any event of the trigger. */
const ANY = "any";

export function QuestionForm({ question, why, onQuestion }: Props) {
  const { webhook } = question;
  const [asked, setAsked] = useState<Event | null>(null);
  const type = question.type ?? asked?.type ?? "";
  const events = useEvents(type, asked);
  useEffect(() => {
    if (!question.event || asked?.id === question.event) return;
    void get<Event>(`events/${question.event}`).then(setAsked, () => setAsked(null));
  }, [question.event]);

  const chooseType = (next: string) =>
    void get<List<Event>>("events", { type: next, limit: 1 }).then(
      ({ data }) => {
        const [event] = data;
        setAsked(event ?? null);
        onQuestion(event ? { webhook, event: event.id } : { webhook, type: next });
      },
      () => onQuestion({ webhook, type: next }),
    );
  const chooseEvent = (id: string) => {
    if (id === ANY) return onQuestion({ webhook, type });
    setAsked(events.find((event) => event.id === id) ?? null);
    onQuestion({ webhook, event: id });
  };
  const isAny = !question.event;
  return (
    <form class="question" onSubmit={(event) => event.preventDefault()} data-test="question">
      <h1 class="readers">Why didn’t a webhook get an event?</h1>
      <span aria-hidden="true">{why?.verdict === "delivered" ? "How did" : "Why didn’t"}</span>
      <select
        class="ask"
        aria-label="Webhook"
        value={webhook}
        onChange={(event) => onQuestion({ ...question, webhook: event.currentTarget.value })}
        data-test="ask-webhook"
      >
        {!webhooks.value.some(({ id }) => id === webhook) && <option value={webhook}>{webhook}</option>}
        {webhooks.value.map(({ id, name }) => (
          <option key={id} value={id}>
            {visible(name)}
          </option>
        ))}
      </select>
      <span aria-hidden="true">get</span>
      <select
        class="ask"
        aria-label="Trigger"
        value={type}
        onChange={(event) => chooseType(event.currentTarget.value)}
        data-test="ask-type"
      >
        {!TRIGGERS.includes(type) && <option value={type}>{type || "…"}</option>}
        {TRIGGERS.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
      <span aria-hidden="true">about</span>
      <span class="ask-last">
        <select
          class="ask"
          aria-label="Event"
          value={question.event ?? ANY}
          onChange={(event) => chooseEvent(event.currentTarget.value)}
          data-test="ask-event"
        >
          {question.event && !events.some(({ id }) => id === question.event) && (
            <option value={question.event}>{question.event}</option>
          )}
          {events.map((event) => (
            <option key={event.id} value={event.id}>
              {label(event)}
            </option>
          ))}
          <option value={ANY}>
            {isAny && question.subject ? "one that I name" : "anybody, in a time that I name"}
          </option>
        </select>
        {!isAny && <span aria-hidden="true">?</span>}
      </span>
      {isAny && <AnyOf key={type} question={question} onQuestion={onQuestion} />}
      {isAny && <span aria-hidden="true">?</span>}
    </form>
  );
}

/** Of which subject, and between which times. */
function AnyOf({ question, onQuestion }: Omit<Props, "why">) {
  const set = (change: Partial<Question>) => onQuestion({ ...question, ...change });
  return (
    <>
      <input
        class="ask mono"
        aria-label="Subject"
        placeholder="BKNG-… or CVR-…"
        value={question.subject ?? ""}
        size={17}
        spellcheck={false}
        autocomplete="off"
        onChange={(event) => set({ subject: event.currentTarget.value.trim() || undefined })}
        data-test="ask-subject"
      />
      <span aria-hidden="true">between</span>
      <input
        class="ask number"
        type="datetime-local"
        aria-label="Made after"
        value={local(question.after)}
        onChange={(event) => set({ after: wire(event.currentTarget.value) })}
        data-test="ask-after"
      />
      <span aria-hidden="true">and</span>
      <input
        class="ask number"
        type="datetime-local"
        aria-label="Made before"
        value={local(question.before)}
        onChange={(event) => set({ before: wire(event.currentTarget.value) })}
        data-test="ask-before"
      />
    </>
  );
}

/** The newest events of that trigger, and the one that is asked about. */
function useEvents(type: string, asked: Event | null): readonly Event[] {
  const ofType = useStore(() => (type ? new Events(type) : null), [type])?.list.value ?? [];
  return asked && asked.type === type && !ofType.some(({ id }) => id === asked.id) ? [...ofType, asked] : ofType;
}

function label(event: Event): string {
  const time = at(event.creation_time);
  const when = day(time) === day(Date.now()) ? clockTime(time) : moment(time);
  return `${value(event) || event.id}, at ${when}${event.origin === "sample" ? ", a sample" : ""}`;
}

/** As `datetime-local` has it, in the reader's zone. */
function local(wireTime: string | undefined): string {
  if (!wireTime || Number.isNaN(at(wireTime))) return "";
  const time = at(wireTime);
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const wire = (text: string): string | undefined =>
  text && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : undefined;
