// The shape of the payloads that this account's bookings and conversations ring with.
import { useState } from "preact/hooks";
import { get, patch } from "../../api/client";
import type { Account } from "../../api/objects";
import { Fault } from "../../components/Button";
import { useOnce } from "../../state/follow";

const STYLES = [
  { key: "current", word: "Current", meaning: "Some related objects are ids, as the vendor sends them today." },
  { key: "expanded", word: "Expanded", meaning: "Related objects are whole, as receivers of older days knew them." },
] as const;

export function PayloadStyle() {
  const account = useOnce(() => get<Account>("account"));
  const [error, setError] = useState<unknown>(null);
  const style = account.answer.value?.payload_style ?? null;
  const change = (payload_style: string) =>
    patch<Account>("account", { payload_style }).then((changed) => {
      account.answer.value = changed;
      setError(null);
    }, setError);
  return (
    <section class="card side" aria-labelledby="style-title" data-test="payload-style">
      <h2 id="style-title">Payloads</h2>
      <fieldset class="styles">
        <legend class="readers">The shape of payloads</legend>
        {STYLES.map(({ key, word, meaning }) => (
          <label key={key} class="check">
            <input
              type="radio"
              name="payload-style"
              checked={style === key}
              onChange={() => void change(key)}
              data-test={`style-${key}`}
            />
            <span>
              <b>{word}</b>
              <small>{meaning}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <p class="quiet small">For what rings from now on. What has rung already stays as it is.</p>
      <Fault error={error ?? account.error.value} />
    </section>
  );
}
