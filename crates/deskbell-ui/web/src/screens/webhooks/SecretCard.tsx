// The signing secret: hidden until it is asked for; showing and copying are written to the audit log.

import { Eye, EyeOff } from "lucide-preact";
import { useState } from "preact/hooks";
import { ApiError, post } from "../../api/client";
import type { WebhookSecret } from "../../api/objects";
import { Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";

export function SecretCard({ webhook }: { webhook: string }) {
  const [known, setKnown] = useState<WebhookSecret | null>(null);
  const secret = known?.secret ?? null;
  const [shown, setShown] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const ask = async (): Promise<string | null> => {
    if (secret) return secret;
    try {
      const answer = await post<WebhookSecret>(`webhooks/${webhook}/reveal`);
      setKnown(answer);
      setError(null);
      return answer.secret;
    } catch (problem) {
      setError(problem);
      return null;
    }
  };
  const toggle = async () => {
    if (shown) setShown(false);
    else if (await ask()) setShown(true);
  };
  const tooOld = error instanceof ApiError && error.code === "session_too_old";
  const Icon = shown ? EyeOff : Eye;
  return (
    <section class="card secret" aria-labelledby="secret-title" data-test="secret-card">
      <h2 id="secret-title">Secret</h2>
      <div class="value-box">
        <span class="mono" data-test="secret">
          {shown && secret ? (
            secret
          ) : (
            <>
              <span aria-hidden="true">{"•".repeat(24)}</span>
              <span class="readers">hidden</span>
            </>
          )}
        </span>
        <button
          type="button"
          class="icon-button"
          aria-label={shown ? "Hide the secret" : "Show the secret"}
          title={shown ? "Hide" : "Show"}
          onClick={() => void toggle()}
          data-test="reveal"
        >
          <Icon size={15} aria-hidden="true" />
        </button>
        <Copy what="the secret" text={async () => (await ask()) ?? ""} />
      </div>
      {shown && known && (
        <div class="value-box">
          <span class="mono" data-test="standard-secret">
            {known.standard_secret}
          </span>
          <Copy what="the secret for libraries of Standard Webhooks" text={known.standard_secret} />
        </div>
      )}
      {tooOld ? (
        <Fault error="This secret could not be shown: your session is older than 10 minutes.">
          <a href="./sign-in">Sign in again</a>
        </Fault>
      ) : (
        <Fault error={error} />
      )}
      <p class="second">
        Use the 32 characters as text, not as hex; libraries of Standard Webhooks take the form with <code>whsec_</code>
        . Showing or copying it is written to the audit log.
      </p>
    </section>
  );
}
