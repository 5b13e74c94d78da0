// Which triggers ring the webhook: check boxes by kind, and above each kind the composite that stands for all of it.
import { useState } from "preact/hooks";
import { Trigger } from "../../components/Outcome";
import { KINDS, retired, type TriggerWords } from "../../words/triggers";

interface Props {
  events: readonly string[];
  onEvents: (events: readonly string[]) => void;
  error?: string | null | undefined;
}

export function EventChoice({ events, onEvents, error }: Props) {
  const put = (event: string, on: boolean, instead: readonly string[] = []) => {
    const rest = events.filter((one) => one !== event && !instead.includes(one));
    onEvents(on ? [...rest, event] : rest);
  };
  // One that was taken away stays to be seen until the form is closed.
  const [old] = useState(() => retired(events));
  return (
    <div class="event-choice" data-test="events">
      {KINDS.map(({ composite, title, triggers }) => {
        const all = events.includes(composite);
        return (
          <fieldset key={composite}>
            <legend>{title}</legend>
            <label class="check all">
              <input
                type="checkbox"
                checked={all}
                onChange={(event) =>
                  put(
                    composite,
                    event.currentTarget.checked,
                    triggers.map(({ type }) => type),
                  )
                }
                data-test={`event-${composite}`}
              />
              <span>
                <b>All of them</b> <span class="quiet">and those that are added later</span>
              </span>
            </label>
            <div class="event-boxes">
              {triggers.map((trigger) => (
                <Box
                  key={trigger.type}
                  {...trigger}
                  off={all && "All of them are chosen"}
                  checked={all || events.includes(trigger.type)}
                  onCheck={(on) => put(trigger.type, on)}
                />
              ))}
            </div>
          </fieldset>
        );
      })}
      {old.length > 0 && (
        <fieldset>
          <legend>Retired</legend>
          <div class="event-boxes">
            {old.map((trigger) => (
              <Box
                key={trigger.type}
                {...trigger}
                checked={events.includes(trigger.type)}
                onCheck={(on) => put(trigger.type, on)}
              />
            ))}
          </div>
        </fieldset>
      )}
      {error && (
        <p class="field-error" role="alert" data-test="events-error">
          {error}
        </p>
      )}
    </div>
  );
}

interface BoxProps extends TriggerWords {
  checked: boolean;
  /** Why it cannot be changed; false where it can. */
  off?: string | false;
  onCheck: (on: boolean) => void;
}

function Box({ type, meaning, checked, off = false, onCheck }: BoxProps) {
  return (
    <label class="check" title={off || undefined}>
      <input
        type="checkbox"
        checked={checked}
        disabled={!!off}
        onChange={(event) => onCheck(event.currentTarget.checked)}
        data-test={`event-${type}`}
      />
      <span>
        <Trigger type={type} />
        <small>{meaning}</small>
      </span>
    </label>
  );
}
