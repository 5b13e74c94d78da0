// The keys of the account: what each is called, how to recognise it, when it was used, and how to end it.

import { KeyRound, Plus } from "lucide-preact";
import { useState } from "preact/hooks";
import { all, remove } from "../../api/client";
import type { ApiKey } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { useOnce } from "../../state/follow";
import { KeyRow } from "./KeyRow";
import { NewKey } from "./NewKey";

export function Keys() {
  const loaded = useOnce(() => all<ApiKey>("keys"));
  const keys = loaded.answer.value;
  const error = loaded.error.value;
  const [making, make] = useState(false);
  const change = (changed: ApiKey[]) => {
    loaded.answer.value = changed;
  };
  const revoke = (id: string) => remove(`keys/${id}`).then(() => change((keys ?? []).filter((key) => key.id !== id)));
  return (
    <section class="card key-list" aria-labelledby="keys-title">
      <header>
        <h2 id="keys-title">API keys</h2>
        <Button kind="main" icon={Plus} onPress={() => make(true)} test="new-key">
          New key
        </Button>
      </header>
      {error ? (
        <div class="card-body">
          <Fault error={error}>
            <button type="button" class="link" onClick={() => void loaded.load()}>
              Try again
            </button>
          </Fault>
        </div>
      ) : keys === null ? (
        <p class="empty">Loading the keys</p>
      ) : keys.length === 0 ? (
        <div class="empty" data-test="no-keys">
          <KeyRound size={20} aria-hidden="true" />
          <b>No keys</b>
          <p>Nothing but this dashboard can call the API. Make a key for each program that should.</p>
        </div>
      ) : (
        <table class="table keys-table">
          <caption class="readers">API keys, newest first</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Key</th>
              <th scope="col">Made</th>
              <th scope="col">Last used</th>
              <th scope="col">Ends</th>
              <th scope="col">
                <span class="readers">Revoke</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <KeyRow key={key.id} of={key} onRevoke={() => revoke(key.id)} />
            ))}
          </tbody>
        </table>
      )}
      {making && <NewKey onMade={(key) => change([key, ...(keys ?? [])])} onClose={() => make(false)} />}
    </section>
  );
}
