// Asks before a webhook is deleted: the one thing here that cannot be taken back.

import { Trash2 } from "lucide-preact";
import { useState } from "preact/hooks";
import type { Webhook } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { deleteWebhook } from "../../state/webhooks";
import { plural, visible } from "../../words/bytes";

interface Props {
  webhook: Webhook;
  /** Deliveries that are still on their way. */
  pending: number;
  onClose: () => void;
  onGone: () => void;
}

export function DeleteWebhook({ webhook, pending, onClose, onGone }: Props) {
  const [error, setError] = useState<unknown>(null);
  const act = () => deleteWebhook(webhook.id).then(onGone, setError);
  return (
    <Dialog title="Delete the webhook" onClose={onClose}>
      <div class="stack">
        <p>
          <b>
            <bdi>{visible(webhook.name)}</bdi>
          </b>{" "}
          goes for good, and its secret with it.{" "}
          {pending > 0 && (
            <>
              {pending === 1
                ? "The one delivery on the way ends"
                : `The ${plural(pending, "delivery", "deliveries")} on the way end`}{" "}
              with it.{" "}
            </>
          )}
          What was delivered stays in the list.
        </p>
        <p class="second">To stop for a while, pause it instead.</p>
        <Fault error={error} />
      </div>
      <footer>
        <Button onPress={onClose} test="cancel">
          Keep it
        </Button>
        <Button kind="danger" icon={Trash2} busy="Deleting" onPress={act} test="delete-now">
          Delete for good
        </Button>
      </footer>
    </Dialog>
  );
}
