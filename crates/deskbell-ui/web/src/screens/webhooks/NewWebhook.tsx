// Creates a webhook in three steps, as the vendor's screen does: where it leads, what rings it, and its secret.

import { Check } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { post } from "../../api/client";
import type { Webhook } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { go, to } from "../../state/route";
import { addWebhook } from "../../state/webhooks";
import { EventChoice } from "./EventChoice";
import { type Faults, faultsOf, missing, NO_EVENTS } from "./faults";
import { SecretOnce } from "./SecretOnce";
import { Where } from "./Where";

const STEPS = ["Name and URL", "Events", "Secret"] as const;

/** @param url what the URL is filled with. */
export function NewWebhook({ url: given, onClose }: { url: string; onClose: () => void }) {
  const [step, setStep] = useState(0);
  const [name, setName] = useState("");
  const [url, setUrl] = useState(given);
  const [events, setEvents] = useState<readonly string[]>(["booking"]);
  const [faults, setFaults] = useState<Faults>({});
  const [made, setMade] = useState<Webhook | null>(null);

  // The button that was pressed is gone with its step: the focus goes on to what comes next.
  const form = useRef<HTMLFormElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) form.current?.querySelector<HTMLElement>("[aria-invalid=true], input, .button")?.focus();
    first.current = false;
  }, [step]);

  const on = () => {
    const found = missing(name, url);
    setFaults(found ?? {});
    if (!found) setStep(1);
  };
  const create = async () => {
    if (events.length === 0) return setFaults({ events: NO_EVENTS });
    try {
      const webhook = await post<Webhook>("webhooks", { name: name.trim(), url: url.trim(), events });
      addWebhook(webhook);
      setMade(webhook);
      setFaults({});
      setStep(2);
    } catch (error) {
      const found = faultsOf(error, name);
      setFaults(found);
      // The fault stands at its field: back to where that field is.
      if (found.name || found.url) setStep(0);
    }
  };
  const close = () => (made ? go(to(["webhooks", made.id])) : onClose());

  return (
    <Dialog title="Create a webhook" wide onClose={close}>
      <ol class="steps-line" aria-label="Steps">
        {STEPS.map((word, index) => (
          <li key={word} aria-current={index === step ? "step" : undefined} class={index < step ? "done" : undefined}>
            <span class="step-number number" aria-hidden="true">
              {index < step ? <Check size={12} strokeWidth={3} /> : index + 1}
            </span>
            {word}
          </li>
        ))}
      </ol>
      <form ref={form} onSubmit={(event) => event.preventDefault()} novalidate>
        {step === 0 && <Where name={name} url={url} faults={faults} onName={setName} onUrl={setUrl} />}
        {step === 1 && <EventChoice events={events} onEvents={setEvents} error={faults.events} />}
        {step === 2 && made?.secret && <SecretOnce secret={made.secret} name={made.name} />}
        <Fault error={faults.other} />
        <footer>
          {step === 0 && (
            <Button onPress={onClose} kind="ghost" test="cancel">
              Cancel
            </Button>
          )}
          {step === 0 && (
            <Button kind="main" submit onPress={on} test="next">
              Next: events
            </Button>
          )}
          {step === 1 && (
            <Button onPress={() => setStep(0)} test="back">
              Back
            </Button>
          )}
          {step === 1 && (
            <Button kind="main" submit busy="Creating" onPress={create} test="create">
              Create webhook
            </Button>
          )}
          {step === 2 && (
            <Button kind="main" submit onPress={close} test="done">
              Done, show the webhook
            </Button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}
