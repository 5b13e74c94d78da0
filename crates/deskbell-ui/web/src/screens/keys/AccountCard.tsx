// Who is signed in, and with what: an owner who came by the printed link has no e-mail and password yet.
import { useState } from "preact/hooks";
import { ApiError, patch } from "../../api/client";
import type { Session } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { TextField } from "../../components/TextField";
import { session } from "../../state/account";
import { now } from "../../state/clock";
import { visible } from "../../words/bytes";
import { at, moment, utc } from "../../words/time";

export function AccountCard({ session: here }: { session: Session }) {
  const [changing, change] = useState(false);
  return (
    <section class="card side" aria-labelledby="account-title" data-test="account">
      <h2 id="account-title">Account</h2>
      <dl class="facts">
        <div class="fact-row">
          <dt>E-mail</dt>
          <dd data-test="account-email">
            {here.email ? <bdi>{visible(here.email)}</bdi> : <span class="second">none yet</span>}{" "}
            {here.email && !changing && (
              <button type="button" class="link" onClick={() => change(true)} data-test="change-login">
                Change
              </button>
            )}
          </dd>
        </div>
        <div class="fact-row">
          <dt>Account</dt>
          <dd class="with-copy">
            <span class="mono">{here.account}</span>
            <Copy text={here.account} what="the account's id" />
          </dd>
        </div>
        <div class="fact-row">
          <dt>Role</dt>
          <dd>
            {here.role}
            {here.operator ? ", and operator" : ""}
          </dd>
        </div>
        <div class="fact-row">
          <dt>Signed in</dt>
          <dd title={utc(at(here.sign_in_time))}>{since(here.sign_in_time)}</dd>
        </div>
        <div class="fact-row">
          <dt>Ends</dt>
          <dd title={utc(at(here.expiry_time))}>{moment(at(here.expiry_time))}, later while you work</dd>
        </div>
        <div class="fact-row">
          <dt>Version</dt>
          <dd>Deskbell {here.version}</dd>
        </div>
      </dl>
      {(!here.email || changing) && <Login known={here.email ?? null} onDone={() => change(false)} />}
    </section>
  );
}

function since(wire: string): string {
  const minutes = Math.floor((now.value - at(wire)) / 60_000);
  return minutes < 1 ? "just now" : minutes < 60 ? `${minutes} min ago` : moment(at(wire));
}

/** E-mail and password: chosen by the owner who came by the printed link, or changed by somebody who signed in of late. */
function Login({ known, onDone }: { known: string | null; onDone: () => void }) {
  const [email, setEmail] = useState(known ?? "");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const problem = error instanceof ApiError ? error : null;
  const at = (name: string) => (problem?.field === name ? problem.message : null);
  const save = async () => {
    try {
      session.value = await patch<Session>("session", { email: email.trim(), password });
      setError(null);
      onDone();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <form class="first-password" onSubmit={(event) => event.preventDefault()} novalidate data-test="login-form">
      <h3>{known ? "Change e-mail and password" : "Sign in without the link"}</h3>
      <p class="second small">
        {known
          ? "Your other sessions end."
          : "You came by the printed link, which works for an hour. Set an e-mail and a password to come back with."}
      </p>
      <TextField
        label="E-mail"
        type="email"
        value={email}
        onValue={setEmail}
        error={at("email")}
        test="email"
        more={{ autocomplete: "username" }}
      />
      <TextField
        label="Password"
        type="password"
        value={password}
        onValue={setPassword}
        error={at("password")}
        hint="10 characters or more."
        test="password"
        more={{ autocomplete: "new-password" }}
      />
      {problem?.code === "session_too_old" ? (
        <Fault error="This could not be set: your session is older than 10 minutes.">
          <a href="./sign-in">Sign in again</a>
        </Fault>
      ) : (
        !at("email") && !at("password") && <Fault error={error} />
      )}
      <div class="actions">
        <Button
          submit
          busy="Setting"
          onPress={save}
          off={!email.trim() || !password ? "Both are needed" : null}
          test="set-login"
        >
          {known ? "Change" : "Set e-mail and password"}
        </Button>
        {known && (
          <Button kind="ghost" onPress={onDone} test="cancel">
            Cancel
          </Button>
        )}
      </div>
    </form>
  );
}
