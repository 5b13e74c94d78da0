// Which triggers ring the webhook: check boxes by kind, and above each kind the composite that stands for all of it.
import { Trigger } from "../../components/Outcome";
import { KINDS } from "../../words/triggers";

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
              {triggers.map(({ type, meaning }) => (
                <label key={type} class="check" title={all ? "All of them are chosen" : undefined}>
                  <input
                    type="checkbox"
                    checked={all || events.includes(type)}
                    disabled={all}
                    onChange={(event) => put(type, event.currentTarget.checked)}
                    data-test={`event-${type}`}
                  />
                  <span>
                    <Trigger type={type} />
                    <small>{meaning}</small>
                  </span>
                </label>
              ))}
            </div>
          </fieldset>
        );
      })}
      {error && (
        <p class="field-error" role="alert" data-test="events-error">
          {error}
        </p>
      )}
    </div>
  );
}
