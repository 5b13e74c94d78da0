// Edit and resend: the event's data changed by hand, sent as an event of its own, signed, to this webhook alone.

import { Send } from "lucide-preact";
import { useState } from "preact/hooks";
import type { Event, Webhook } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { SampleResult } from "../../components/SampleResult";
import { useStore } from "../../state/follow";
import { Sample } from "../../state/sample";
import { member, parse, pretty } from "../../words/json";
import { payloadOf } from "./Sent";

export function EditDialog({ event, webhook, onClose }: { event: Event; webhook: Webhook; onClose: () => void }) {
  const sample = useStore(() => new Sample(webhook.id), [webhook.id]);
  const [text, setText] = useState(() => dataOf(event));
  const mistake = mistakeOf(text);
  const sent = sample.sent.value;
  return (
    <Dialog title="Edit and resend" wide onClose={onClose}>
      <div class="stack">
        <p class="second">
          It goes out as an event of its own with an id of its own, signed, to <bdi>{webhook.name}</bdi> alone.
        </p>
        <label class="field">
          <span>
            Data of <b>{event.type}</b>
          </span>
          <textarea
            class="input mono edit-data"
            spellcheck={false}
            value={text}
            aria-invalid={!!mistake}
            onInput={(change) => setText(change.currentTarget.value)}
            data-test="edit-data"
          />
          {mistake && (
            <span class="field-error" role="status">
              {mistake}
            </span>
          )}
        </label>
        {sample.refused.value ? <Fault error={sample.refused.value} /> : null}
        {sent && <SampleResult sent={sent} />}
        <footer>
          <Button
            kind="main"
            icon={Send}
            busy="Sending"
            off={mistake}
            onPress={() => sample.send(event.type, text)}
            test="edit-send"
          >
            Send
          </Button>
        </footer>
      </div>
    </Dialog>
  );
}

/** The data as it was sent: a number that no double can hold keeps its digits. */
function dataOf(event: Event): string {
  const data = member(parse(payloadOf(event)), "data");
  return pretty(data?.source ?? "{}");
}

/** What keeps the text from being sent. */
function mistakeOf(text: string): string | null {
  try {
    return parse(text).kind === "object" ? null : "The data is a JSON object: it begins with { and ends with }.";
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : String(error)}.`;
  }
}
