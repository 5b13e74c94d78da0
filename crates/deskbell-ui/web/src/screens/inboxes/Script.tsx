// What the inbox answers, step by step, with the reply coach: what we will do with each answer, said before it is saved.

import { Plus } from "lucide-preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { patch } from "../../api/client";
import type { Answer, Inbox } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { useAdvice } from "../../state/advice";
import { isAnswer, NO_ANSWER } from "../../words/script";
import { ScriptStep } from "./ScriptStep";
import { ScriptSum } from "./ScriptSum";

/** An answer as it is written here: what the document leaves open of its headers is text. */
export type ScriptedAnswer = Omit<Answer, "headers"> & { readonly headers: Readonly<Record<string, string>> };

const PRESETS: readonly { word: string; steps: readonly Partial<ScriptedAnswer>[] }[] = [
  { word: "Always 200", steps: [] },
  { word: "Fail twice", steps: [{ status: 500 }, { status: 500 }, { status: 200 }] },
  { word: "Too slow", steps: [{ status: 200, delay_ms: 16_000 }, { status: 200 }] },
  { word: "429, wait 60 s", steps: [{ status: 429, headers: { "Retry-After": "60" } }, { status: 200 }] },
  { word: "410", steps: [{ status: 410 }] },
];

const fill = (step: Partial<ScriptedAnswer>): ScriptedAnswer => ({
  status: 200,
  delay_ms: 0,
  body: "",
  headers: {},
  ...step,
});
const read = (answers: readonly Answer[]): ScriptedAnswer[] =>
  answers.map(({ headers, ...answer }) => ({
    ...answer,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
  }));

export function Script({ inbox, onSaved }: { inbox: Inbox; onSaved: (inbox: Inbox) => void }) {
  const [steps, setSteps] = useState<readonly ScriptedAnswer[]>(() => read(inbox.answers));
  const [edited, edit] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const saved = useMemo(() => JSON.stringify(read(inbox.answers)), [inbox.answers]);
  const changed = JSON.stringify(steps) !== saved;
  useEffect(() => setSteps(read(inbox.answers)), [saved]);
  const shown = steps.length > 0 ? steps : [fill({})];
  const advice = useAdvice(
    shown.map(({ status, delay_ms, headers }, index) => ({
      status,
      delay_ms,
      headers,
      attempt: Math.min(index + 1, 100),
    })),
    150,
  );
  const change = (index: number, step: ScriptedAnswer) => setSteps(shown.map((one, at) => (at === index ? step : one)));
  const isWhole = shown.every(({ status }) => isAnswer(status));
  const save = () =>
    patch<Inbox>(`inboxes/${inbox.id}`, { answers: steps }).then((saved) => {
      setError(null);
      edit(null);
      onSaved(saved);
    }, setError);
  if (inbox.relay) {
    return (
      <div class="script">
        <p class="note">
          A program answers for this inbox, through its relay: <code>deskbell listen</code>, or one of your own.
        </p>
      </div>
    );
  }
  return (
    <div class="script" data-test="script">
      <header class="script-head">
        <h2>What this inbox answers</h2>
        {changed && <span class="tag wait">not saved</span>}
        {changed && (
          <button type="button" class="link" onClick={() => setSteps(read(inbox.answers))}>
            Discard
          </button>
        )}
      </header>
      <div class="chips">
        {PRESETS.map((preset) => (
          <button
            key={preset.word}
            type="button"
            class="chip"
            onClick={() => {
              edit(null);
              setSteps(preset.steps.map(fill));
            }}
            data-test="preset"
          >
            {preset.word}
          </button>
        ))}
      </div>
      <ol class="script-steps">
        {shown.map((step, index) => (
          <ScriptStep
            key={index}
            step={step}
            number={index + 1}
            last={index === shown.length - 1}
            edited={edited === index}
            advice={advice[index]}
            onEdit={() => edit(index)}
            onChange={(next) => {
              edit(index);
              change(index, next);
            }}
            onRemove={shown.length > 1 ? () => setSteps(shown.filter((_, at) => at !== index)) : undefined}
          />
        ))}
      </ol>
      <button
        type="button"
        class="link add-step"
        onClick={() => {
          setSteps([...shown, fill({})]);
          edit(shown.length);
        }}
        data-test="add-answer"
      >
        <Plus size={14} aria-hidden="true" /> Add an answer
      </button>
      <footer class="script-foot">
        {isWhole && <ScriptSum advice={advice} />}
        <Fault error={error} />
        <Button
          kind="main"
          busy="Saving"
          off={(!changed && "Nothing was changed") || (!isWhole && NO_ANSWER)}
          onPress={save}
          test="save-script"
        >
          Save script
        </Button>
      </footer>
    </div>
  );
}
