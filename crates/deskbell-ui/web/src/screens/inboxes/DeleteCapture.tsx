// Deleting one captured request, after it was asked for twice.

import { Trash2 } from "lucide-preact";
import { useState } from "preact/hooks";
import type { Capture } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import type { Captures } from "../../state/captures";

export function DeleteCapture({ of, captures }: { of: Capture; captures: Captures }) {
  const [isOpen, open] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    open(false);
    setError(null);
  };
  return (
    <>
      <Button icon={Trash2} size="small" onPress={() => open(true)} test="capture-delete">
        Delete
      </Button>
      {isOpen && (
        <Dialog title="Delete this request" onClose={close}>
          <p class="second">Its bytes, its headers and the note beside it are gone. This cannot be undone.</p>
          <Fault error={error} />
          <footer>
            <Button onPress={close}>Keep it</Button>
            <Button
              kind="danger"
              icon={Trash2}
              busy="Deleting"
              test="capture-delete-it"
              onPress={() => captures.remove(of.id).then(close, setError)}
            >
              Delete
            </Button>
          </footer>
        </Dialog>
      )}
    </>
  );
}
