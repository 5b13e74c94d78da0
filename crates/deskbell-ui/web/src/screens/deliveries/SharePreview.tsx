// What the link of a share will show, before there is one: as the server masks it.
import { useEffect, useState } from "preact/hooks";
import { post } from "../../api/client";
import type { SharePreview as Preview } from "../../api/objects";
import { BodyView } from "../../components/BodyView";
import { Fault } from "../../components/Button";
import { Headers, pairs } from "../../components/Headers";
import { visible } from "../../words/bytes";
import { at, moment } from "../../words/time";

export function SharePreview({ delivery }: { delivery: string }) {
  const [preview, setPreview] = useState<Preview | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    post<Preview>("shares/preview", { delivery }).then(setPreview, setError);
  }, [delivery]);
  if (!preview) return error ? <Fault error={error} /> : <p class="quiet">Reading what the link will show…</p>;
  return (
    <div class="stack tight" data-test="share-preview">
      <p class="second">
        The link will show this, and the times and ids of the delivery. Headers and addresses that could be secrets are
        masked; <b>bodies are not</b>.
      </p>
      <details open>
        <summary>
          The body sent to <bdi>{visible(preview.webhook)}</bdi>
        </summary>
        <BodyView body={preview} look="raw" name={`${preview.event}.json`} />
      </details>
      {preview.attempts.map((attempt) => (
        <details key={attempt.number}>
          <summary>
            Try {attempt.number}: {attempt.response?.status_code ?? attempt.outcome}
          </summary>
          <p class="mono">
            <bdi>{visible(attempt.url)}</bdi>
          </p>
          <Headers headers={pairs(attempt.headers)} />
          {attempt.detail && <p class="second">{visible(attempt.detail)}</p>}
          {attempt.response && (
            <>
              <Headers headers={pairs(attempt.response.headers)} />
              <BodyView body={attempt.response} look="raw" name={`${preview.delivery}-${attempt.number}.bin`} />
            </>
          )}
        </details>
      ))}
      {preview.received.map((request, index) => (
        <details key={index}>
          <summary>Received {moment(at(request.received_time))}</summary>
          <Headers headers={pairs(request.headers)} />
        </details>
      ))}
    </div>
  );
}
