// Takes a real event of the vendor as a beginning: what it speaks of is in the sandbox afterwards.
import { useState } from "preact/hooks";
import { Button, Fault } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { importEvents } from "../../state/imports";

export function ImportEvent({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const [text, write] = useState("");
  const [refused, refuse] = useState<unknown>(null);
  const take = async () => {
    try {
      const [first] = await importEvents(text);
      onMade(first?.booking ?? first?.conversation ?? "");
    } catch (failed) {
      refuse(failed);
    }
  };
  return (
    <Dialog title="Import an event" onClose={onClose} wide>
      <form onSubmit={(event) => event.preventDefault()}>
        <label class="field">
          <span>A whole event as your receiver got it, or up to ten in an array</span>
          <textarea
            class="input mono"
            rows={14}
            spellcheck={false}
            value={text}
            onInput={(event) => write(event.currentTarget.value)}
            data-test="event"
          />
          <small>Nothing rings. What you do with the booking from then on rings as it does in your own account.</small>
        </label>
        <Fault error={refused} />
        <footer>
          <Button kind="ghost" onPress={onClose} test="cancel">
            Cancel
          </Button>
          <Button
            kind="main"
            submit
            busy="Importing"
            off={text.trim() === "" && "Paste an event first."}
            onPress={take}
            test="import"
          >
            Import it
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
