// Sends a sample of any type to the webhook and shows what became of it, in place.

import { Send } from "lucide-preact";
import { useState } from "preact/hooks";
import type { Webhook } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { SampleResult } from "../../components/SampleResult";
import { useStore } from "../../state/follow";
import { Sample } from "../../state/sample";
import { asksFor, covered, TRIGGERS } from "../../words/triggers";

export function SendSample({ webhook }: { webhook: Webhook }) {
  const sample = useStore(() => new Sample(webhook.id), [webhook.id]);
  const asked = covered(webhook.events);
  const [type, setType] = useState(asked[0] ?? TRIGGERS[0] ?? "");
  const others = TRIGGERS.filter((one) => !asksFor(webhook.events, one));
  const sent = sample.sent.value;
  return (
    <section class="card sample" aria-label="Send a sample" data-test="sample">
      <div class="sample-form">
        <h2 id="sample-title">Send a sample</h2>
        <select
          class="input"
          value={type}
          onChange={(event) => setType(event.currentTarget.value)}
          aria-labelledby="sample-title"
          data-test="sample-type"
        >
          {asked.length > 0 && (
            <optgroup label="It asks for">
              {asked.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </optgroup>
          )}
          {others.length > 0 && (
            <optgroup label="It does not ask for">
              {others.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </optgroup>
          )}
        </select>
        <p class="quiet">
          {webhook.status ? "Real and signed, to this webhook only." : "Signed and tried once. The webhook stays off."}
        </p>
        <Button kind="main" icon={Send} busy="Sending" onPress={() => sample.send(type)} test="send-sample">
          Send
        </Button>
      </div>
      {sample.refused.value ? (
        <div class="sample-fault">
          <Fault error={sample.refused.value} />
        </div>
      ) : null}
      {sent && <SampleResult sent={sent} />}
    </section>
  );
}
