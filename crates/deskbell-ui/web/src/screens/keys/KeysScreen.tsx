// Keys and account: who you are here, how you sign in, the shape of payloads, what is kept of events, and the keys that programs use.
import { session } from "../../state/account";
import { AccountCard } from "./AccountCard";
import { Keys } from "./Keys";
import { PayloadStyle } from "./PayloadStyle";
import { Quota } from "./Quota";
import "../../styles/keys.css";

export function KeysScreen() {
  return (
    <div class="reading keys-screen" data-test="keys">
      <div class="screen-head">
        <div>
          <h1>Keys and account</h1>
          <p class="second">A key lets a program do what you do here, so give each program its own.</p>
        </div>
      </div>
      <div class="columns">
        <div class="stack">
          <Keys />
        </div>
        <aside class="stack" aria-label="Account">
          {session.value ? <AccountCard session={session.value} /> : <p class="card empty">Loading the account</p>}
          <PayloadStyle />
          <Quota />
        </aside>
      </div>
    </div>
  );
}
