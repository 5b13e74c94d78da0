// The shape of the payloads that this account's bookings and conversations ring with.
import { useEffect, useState } from "preact/hooks";
import { get, patch } from "../../api/client";
import { Fault } from "../../components/Button";

interface Account {
  payload_style: string;
}

const STYLES = [
  { key: "current", word: "Current", meaning: "Some related objects are ids, as the vendor sends them today." },
  { key: "expanded", word: "Expanded", meaning: "Related objects are whole, as receivers of older days knew them." },
] as const;

export function PayloadStyle() {
  const [style, setStyle] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const take = (call: Promise<Account>) =>
    call.then(({ payload_style }) => (setStyle(payload_style), setError(null)), setError);
  useEffect(() => void take(get<Account>("account")), []);
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
              onChange={() => void take(patch<Account>("account", { payload_style: key }))}
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
      <Fault error={error} />
    </section>
  );
}
