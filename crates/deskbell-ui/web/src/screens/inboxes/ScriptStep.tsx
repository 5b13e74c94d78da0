// One answer of the script: status, delay, body and Retry-After as small fields, the coach's line under them.
import { CircleCheck, CircleX, Hourglass, Trash2 } from "lucide-preact";
import type { Advice } from "../../api/objects";
import { isAnswer, NO_ANSWER } from "../../words/script";
import type { ScriptedAnswer } from "./Script";

interface Props {
  step: ScriptedAnswer;
  number: number;
  last: boolean;
  edited: boolean;
  advice: Advice | undefined;
  onEdit: () => void;
  onChange: (step: ScriptedAnswer) => void;
  onRemove: (() => void) | undefined;
}

export function ScriptStep({ step, number, last, edited, advice, onEdit, onChange, onRemove }: Props) {
  const label = last ? (number === 1 ? "always" : "then") : String(number);
  const Icon = advice?.tone === "good" ? CircleCheck : advice?.tone === "bad" ? CircleX : Hourglass;
  const waits = step.status === 429 || step.status === 503;
  const retryAfter = step.headers["Retry-After"] ?? "";
  const setRetryAfter = (value: string) => {
    const { "Retry-After": _, ...others } = step.headers;
    onChange({ ...step, headers: value ? { ...others, "Retry-After": value } : others });
  };
  return (
    <li class={edited ? "script-step edited" : "script-step"} onFocusIn={onEdit} data-test="script-step">
      <div class="script-fields">
        <b class="quiet">{label}</b>
        <label>
          <span class="readers">Status</span>
          <input
            class={`input small-field number ${step.status < 300 ? "good" : "bad"}`}
            inputMode="numeric"
            size={3}
            maxLength={3}
            value={String(step.status)}
            onInput={(event) =>
              onChange({ ...step, status: Number(event.currentTarget.value.replace(/\D/g, "")) || 0 })
            }
            data-test="step-status"
          />
        </label>
        <label class="script-delay">
          <span class="quiet">after</span>
          <input
            class="input small-field number"
            inputMode="decimal"
            size={4}
            value={String(step.delay_ms / 1000)}
            aria-label="Delay in seconds"
            onChange={(event) =>
              onChange({
                ...step,
                delay_ms: Math.min(30_000, Math.max(0, Math.round((Number(event.currentTarget.value) || 0) * 1000))),
              })
            }
            data-test="step-delay"
          />
          <span class="quiet">s</span>
        </label>
        {onRemove && (
          <button
            type="button"
            class="icon-button"
            aria-label={`Remove answer ${number}`}
            title="Remove"
            onClick={onRemove}
          >
            <Trash2 size={14} aria-hidden="true" />
          </button>
        )}
      </div>
      {(edited || step.body || retryAfter) && (
        <div class="script-more">
          <input
            class="input mono"
            placeholder="no body"
            aria-label="Body"
            value={step.body}
            onInput={(event) => onChange({ ...step, body: event.currentTarget.value })}
          />
          {(waits || retryAfter) && (
            <label class="script-delay">
              <span class="quiet">Retry-After</span>
              <input
                class="input small-field number"
                size={6}
                value={retryAfter}
                onInput={(event) => setRetryAfter(event.currentTarget.value)}
              />
            </label>
          )}
        </div>
      )}
      <p class="script-coach" role="status">
        {!isAnswer(step.status) ? (
          <>
            <CircleX size={15} class="bad" aria-hidden="true" />
            <span>{NO_ANSWER}</span>
          </>
        ) : advice ? (
          <>
            <Icon size={15} class={advice.tone} aria-hidden="true" />
            <span title={advice.reason ?? undefined}>{advice.sentence}</span>
          </>
        ) : (
          <span class="quiet">Asking what we would do</span>
        )}
      </p>
    </li>
  );
}
