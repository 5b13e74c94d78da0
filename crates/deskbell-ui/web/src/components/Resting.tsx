// A webhook that rests: until when, which answers made it, what happens then; and the button that ends the rest now.
import { Play, Snail } from "lucide-preact";
import { useState } from "preact/hooks";
import { get } from "../api/client";
import type { Attempt, List, Webhook } from "../api/objects";
import { now } from "../state/clock";
import { useOnce } from "../state/follow";
import { resumeWebhook } from "../state/webhooks";
import { visible } from "../words/bytes";
import { overloads } from "../words/overload";
import { spell, when } from "../words/time";
import { Button, Fault } from "./Button";

/** Of so many of its last tries the answers are told: five in a row make it rest. */
const LOOKED_AT = 10;

/** @param end when it ends. */
export function Resting({ webhook, end }: { webhook: Webhook; end: number }) {
  const [error, setError] = useState<unknown>(null);
  const tries = useOnce(
    (signal) => get<List<Attempt>>("attempts", { webhook: webhook.id, limit: LOOKED_AT }, signal),
    [webhook.id, webhook.resting_until],
  ).answer.value;
  const why = tries && overloads(tries.data, now.value);
  return (
    <div class="rest" data-test="rest">
      <Snail size={16} aria-hidden="true" />
      <div>
        <p>
          <b>
            <bdi>{visible(webhook.name)}</bdi> rests until {when(end, now.value)},{" "}
            <span aria-hidden="true">in {spell((end - now.value) / 1000)},</span>
          </b>{" "}
          because it was overloaded or too slow{why && `: ${why}`}. Until then nothing is sent to it by itself; then one
          delivery goes first, and when it arrives the others follow.
        </p>
        <Fault error={error} />
      </div>
      <Button
        icon={Play}
        busy="Resuming"
        onPress={() => resumeWebhook(webhook.id).then(() => setError(null), setError)}
        test="resume-now"
      >
        Resume now
      </Button>
    </div>
  );
}
