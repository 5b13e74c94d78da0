// The sandbox's settings: states that real accounts have, and that no call of the vendor makes.
import { useState } from "preact/hooks";
import { ApiError, get, patch } from "../../api/client";
import type { SandboxSettings as Settings } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { TextField } from "../../components/TextField";
import { useOnce } from "../../state/follow";
import { changeOf, type Draft, draftOf } from "../../state/settings";

const PLANS: readonly [string, string, string][] = [
  ["full", "Full", "Nothing is refused for the plan."],
  ["below_route", "Below Route", "Bookings keep their host: to reassign one answers 409."],
  ["no_api", "Without the API", "The key's check and the list of SMS notifications answer 403."],
];
const FAULTS: readonly [string, string][] = [
  ["", "None"],
  ["create_user", "Creating a user answers 500"],
  ["change_contact", "Changing a contact answers 500"],
];

export function SandboxSettings({ onClose }: { onClose: () => void }) {
  const found = useOnce((signal) => get<Settings>("sandbox/settings", {}, signal));
  const [edited, edit] = useState<Draft | null>(null);
  const [refused, refuse] = useState<unknown>(null);
  const was = found.answer.value;
  const draft = edited ?? (was && draftOf(was));
  const change = was && draft ? changeOf(was, draft) : {};
  const save = async () => {
    try {
      await patch<Settings>("sandbox/settings", change);
      onClose();
    } catch (failed) {
      refuse(failed);
    }
  };
  const fault = refused instanceof ApiError ? refused : null;
  const isAtField = fault?.field === "user_limit" || fault?.field?.startsWith("custom_field_library");
  return (
    <Dialog title="Change the sandbox's settings" onClose={onClose}>
      <form onSubmit={(event) => event.preventDefault()} novalidate>
        <p class="second">What a real account may be, and no call of the vendor makes.</p>
        {draft ? (
          <Fields draft={draft} onDraft={edit} fault={fault} />
        ) : (
          !found.error.value && (
            <p class="quiet" role="status">
              Reading the settings
            </p>
          )
        )}
        <Fault error={isAtField ? null : (refused ?? found.error.value)} />
        <footer>
          <Button kind="ghost" onPress={onClose} test="cancel">
            Cancel
          </Button>
          <Button
            kind="main"
            submit
            busy="Changing"
            off={Object.keys(change).length === 0 && "Nothing is changed yet."}
            onPress={save}
            test="save-settings"
          >
            Change them
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function Fields({ draft, onDraft, fault }: { draft: Draft; onDraft: (draft: Draft) => void; fault: ApiError | null }) {
  const faultAt = (field: string) => (fault?.field?.startsWith(field) ? fault.message : null);
  const library = faultAt("custom_field_library");
  return (
    <>
      <label class="field">
        <span>Plan</span>
        <select
          class="input"
          value={draft.plan}
          onChange={(event) => onDraft({ ...draft, plan: event.currentTarget.value })}
          data-test="plan"
        >
          {PLANS.map(([word, name]) => (
            <option key={word} value={word}>
              {name}
            </option>
          ))}
        </select>
        <small>{PLANS.find(([word]) => word === draft.plan)?.[2]}</small>
      </label>
      <TextField
        label="Users at most"
        value={draft.userLimit}
        onValue={(userLimit) => onDraft({ ...draft, userLimit })}
        error={faultAt("user_limit")}
        hint="1 to 500. Users beyond it stay; no other is added."
        test="user-limit"
        more={{ inputMode: "numeric" }}
      />
      <label class="field">
        <span>Custom fields that contacts may have, one a line</span>
        <textarea
          class="input"
          value={draft.fields}
          spellcheck={false}
          aria-invalid={library ? "true" : undefined}
          onInput={(event) => onDraft({ ...draft, fields: event.currentTarget.value })}
          data-test="field-library"
        />
        {library && (
          <p class="field-error" role="alert">
            {library}
          </p>
        )}
      </label>
      <label class="field">
        <span>A call that fails</span>
        <select
          class="input"
          value={draft.fault}
          onChange={(event) => onDraft({ ...draft, fault: event.currentTarget.value })}
          data-test="fault-of"
        >
          {FAULTS.map(([word, name]) => (
            <option key={word} value={word}>
              {name}
            </option>
          ))}
        </select>
        {draft.fault && <small>Until it is set to none again.</small>}
      </label>
    </>
  );
}
