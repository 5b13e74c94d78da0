// The secret right after it was made: the one moment in which it is shown without being asked for.
import { CircleCheck } from "lucide-preact";
import { Copy } from "../../components/Copy";
import { visible } from "../../words/bytes";

export function SecretOnce({ secret, name }: { secret: string; name: string }) {
  return (
    <div class="stack" data-test="secret-once">
      <p class="made">
        <CircleCheck size={16} class="good" aria-hidden="true" />
        <span>
          <b>
            <bdi>{visible(name)}</bdi>
          </b>{" "}
          is made, and rings from now on. This is the secret that signs what we send to it.
        </span>
      </p>
      <div class="value-box">
        <span class="mono" data-test="secret">
          {secret}
        </span>
        <Copy text={secret} what="the secret" label="Copy" kind="quiet small" />
      </div>
      <p class="second">Use the 32 characters as text, not as hex.</p>
      <p class="quiet small">
        Keep it where your handler reads it. It can be shown again on the webhook's page to somebody who signed in less
        than ten minutes ago, which is written to the audit log.
      </p>
    </div>
  );
}
