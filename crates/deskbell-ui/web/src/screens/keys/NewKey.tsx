// Makes a key and shows its text, once, with a line that tries it.

import { CircleCheck } from "lucide-preact";
import { useState } from "preact/hooks";
import { ApiError, post } from "../../api/client";
import type { ApiKey } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { Dialog } from "../../components/Dialog";
import { TextField } from "../../components/TextField";
import { visible } from "../../words/bytes";

const LIVES = [
  { days: null, word: "Never, until it is revoked" },
  { days: 30, word: "In 30 days" },
  { days: 90, word: "In 90 days" },
  { days: 365, word: "In a year" },
] as const;

export function NewKey({ onMade, onClose }: { onMade: (key: ApiKey) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState<number | null>(null);
  const [made, setMade] = useState<ApiKey | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [empty, setEmpty] = useState(false);
  const atName = error instanceof ApiError && error.field === "name";
  const create = async () => {
    setEmpty(!name.trim());
    if (!name.trim()) return;
    try {
      const { text, ...key } = await post<ApiKey>("keys", {
        name: name.trim(),
        ...(days ? { expires_in_days: days } : {}),
      });
      setMade({ ...key, ...(text ? { text } : {}) });
      onMade(key);
      setError(null);
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Dialog title={made ? "Keep the key" : "Make a key"} wide={!!made} onClose={onClose}>
      {made?.text ? (
        <Made name={made.name} text={made.text} onClose={onClose} />
      ) : (
        <form onSubmit={(event) => event.preventDefault()} novalidate>
          <TextField
            label="Name"
            value={name}
            onValue={setName}
            test="key-name"
            hint="The program that will use it."
            error={
              empty
                ? "The key needs a name, so that you know later which one to revoke."
                : atName
                  ? error.message
                  : null
            }
            more={{ autofocus: true, maxLength: 100, autocomplete: "off", placeholder: "CI of the booking site" }}
          />
          <label class="field">
            <span>Ends</span>
            <select
              class="input"
              value={days ?? ""}
              onChange={(event) => setDays(Number(event.currentTarget.value) || null)}
              data-test="key-life"
            >
              {LIVES.map(({ days, word }) => (
                <option key={word} value={days ?? ""}>
                  {word}
                </option>
              ))}
            </select>
          </label>
          {!atName && <Fault error={error} />}
          <footer>
            <Button kind="ghost" onPress={onClose} test="cancel">
              Cancel
            </Button>
            <Button kind="main" submit busy="Making" onPress={create} test="make-key">
              Make key
            </Button>
          </footer>
        </form>
      )}
    </Dialog>
  );
}

function Made({ name, text, onClose }: { name: string; text: string; onClose: () => void }) {
  const curl = `curl -H "API-Key: ${text}" ${new URL("./v2/test", location.href).href}`;
  return (
    <>
      <div class="stack" data-test="key-made">
        <p class="made">
          <CircleCheck size={16} class="good" aria-hidden="true" />
          <span>
            <b>
              <bdi>{visible(name)}</bdi>
            </b>{" "}
            is made. This is the only time that its text is shown; we keep a hash of it.
          </span>
        </p>
        <div class="value-box">
          <span class="mono" data-test="key-text">
            {text}
          </span>
          <Copy text={text} what="the key" label="Copy" kind="quiet small" />
        </div>
        <div class="field">
          <span>Try it</span>
          <div class="code">
            <pre class="wrap" data-test="key-curl">
              {curl}
            </pre>
            <Copy text={curl} what="the line" />
          </div>
        </div>
      </div>
      <footer>
        <Button kind="main" onPress={onClose} test="done">
          Done
        </Button>
      </footer>
    </>
  );
}
