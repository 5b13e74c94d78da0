// Who is signed in; and for the owner who came by the printed link, an e-mail and a password to come back with.
import { useState } from "preact/hooks";
import { ApiError, patch } from "../../api/client";
import type { Session } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { TextField } from "../../components/TextField";
import { now } from "../../state/clock";
import { session as known } from "../../state/things";
import { at, moment, utc } from "../../words/time";

export function AccountCard({ session }: { session: Session }) {
  return (
    <section class="card side" aria-labelledby="account-title" data-test="account">
      <h2 id="account-title">Account</h2>
      <dl class="facts">
        <div class="fact">
          <dt>E-mail</dt>
          <dd data-test="account-email">{session.email ? <bdi>{session.email}</bdi> : <span class="second">none yet</span>}</dd>
        </div>
        <div class="fact">
          <dt>Account</dt>
          <dd class="with-copy"><span class="mono">{session.account}</span><Copy text={session.account} what="the account's id" /></dd>
        </div>
        <div class="fact">
          <dt>Role</dt>
          <dd>{session.role}{session.operator ? ", and operator" : ""}</dd>
        </div>
        <div class="fact">
          <dt>Signed in</dt>
          <dd title={utc(at(session.sign_in_time))}>{since(session.sign_in_time)}</dd>
        </div>
        <div class="fact">
          <dt>Until</dt>
          <dd title={utc(at(session.expiry_time))}>{moment(at(session.expiry_time))} at the latest</dd>
        </div>
        <div class="fact">
          <dt>Version</dt>
          <dd>Deskbell {session.version}</dd>
        </div>
      </dl>
      {!session.email && <FirstPassword />}
    </section>
  );
}

function since(wire: string): string {
  const minutes = Math.floor((now.value - at(wire)) / 60_000);
  return minutes < 1 ? "just now" : minutes < 60 ? `${minutes} min ago` : moment(at(wire));
}

/** The link that was printed ends with this session: an e-mail and a password do not. */
function FirstPassword() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const field = error instanceof ApiError ? error.field : null;
  const at = (name: string) => (field === name && error instanceof Error ? error.message : null);
  const save = async () => {
    try {
      known.value = await patch<Session>("session", { email: email.trim(), password });
      setError(null);
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <form class="first-password" onSubmit={(event) => event.preventDefault()} novalidate data-test="first-password">
      <h3>Sign in without the link</h3>
      <p class="second">You came by the printed link, which works for an hour. Set an e-mail and a password to come back with.</p>
      <TextField label="E-mail" type="email" value={email} onValue={setEmail} error={at("email")} test="email" more={{ autocomplete: "username" }} />
      <TextField label="Password" type="password" value={password} onValue={setPassword} error={at("password")} test="password" more={{ autocomplete: "new-password" }} />
      {field !== "email" && field !== "password" && <Fault error={error} />}
      <Button submit busy="Setting" onPress={save} off={!email.trim() || !password ? "Both are needed" : null} test="set-password">Set e-mail and password</Button>
    </form>
  );
}
