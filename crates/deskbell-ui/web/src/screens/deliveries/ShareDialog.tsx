// A link that freezes both sides of a delivery, for whoever has no account.
import { useState } from "preact/hooks";
import { post, remove } from "../../api/client";
import type { Share } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { Dialog } from "../../components/Dialog";
import { at, moment } from "../../words/time";
import { SharePreview } from "./SharePreview";

const LIVES = [
  { hours: 24, word: "1 day" },
  { hours: 168, word: "7 days" },
  { hours: 720, word: "30 days" },
];

export function ShareDialog({ delivery, onClose }: { delivery: string; onClose: () => void }) {
  const [hours, setHours] = useState(168);
  const [share, setShare] = useState<Share | null>(null);
  const [error, setError] = useState<unknown>(null);
  const make = () => post<Share>("shares", { delivery, expires_in_hours: hours }).then(setShare, setError);
  const end = async () => {
    if (!share) return;
    await remove(`shares/${share.id}`).catch(setError);
    onClose();
  };
  const url = share?.url ?? "";
  return (
    <Dialog title="Share this delivery" onClose={onClose} wide>
      <div class="stack">
        <p class="second">A frozen copy of both sides. No account is needed to read it.</p>
        <Fault error={error} />
        {share ? (
          <>
            <div class="value-box">
              <span class="mono foreign" data-test="share-url">
                {url}
              </span>
              <Copy text={url} what="the link" label="Copy" />
            </div>
            <dl class="facts">
              <dt>Ends</dt>
              <dd>{moment(at(share.expiry_time))}</dd>
              <dt>Hidden</dt>
              <dd>headers and addresses that could be secrets</dd>
            </dl>
            <footer>
              <Button kind="danger" onPress={end} test="share-end">
                End it now
              </Button>
              <Button kind="main" onPress={onClose}>
                Done
              </Button>
            </footer>
          </>
        ) : (
          <>
            <fieldset class="choices">
              <legend class="legend">Ends after</legend>
              {LIVES.map((life) => (
                <label key={life.hours} class="check">
                  <input
                    type="radio"
                    name="life"
                    checked={life.hours === hours}
                    onChange={() => setHours(life.hours)}
                  />
                  <span>{life.word}</span>
                </label>
              ))}
            </fieldset>
            <SharePreview delivery={delivery} />
            <footer>
              <Button kind="main" busy="Freezing" onPress={make} test="share-make">
                Make the link
              </Button>
            </footer>
          </>
        )}
      </div>
    </Dialog>
  );
}
