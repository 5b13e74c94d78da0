// All that a search matches and that did not arrive, sent again by one press: counted first, and told what it does.
import { RotateCw } from "lucide-preact";
import { useState } from "preact/hooks";
import type { Delivery } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { isDeleted, webhook } from "../../state/account";
import { Again, noRetry } from "../../state/again";
import { useStore } from "../../state/follow";
import { count, plural } from "../../words/bytes";
import { Far } from "./Far";

/** What is not delivered and can be. */
export const isMeant = ({ status, in_flight, sample, webhook: id }: Delivery): boolean =>
  status !== "delivered" && !in_flight && noRetry(sample, webhook(id), isDeleted(id)) === null;

/** Why none is meant, though some may be found. */
export const NONE_MEANT =
  "Each of them arrived, is being sent, or cannot be sent again: its webhook is deleted, or is off and it is no sample.";

export function Bulk({ question }: { question: Record<string, string> }) {
  const [counting, ask] = useState(false);
  if (!counting)
    return (
      <div class="bulk">
        <span class="second">What matches and did not arrive</span>
        <Button size="small" icon={RotateCw} onPress={() => ask(true)} test="bulk-count">
          Count it, to retry
        </Button>
      </div>
    );
  return <Counted question={question} onClose={() => ask(false)} />;
}

function Counted({ question, onClose }: { question: Record<string, string>; onClose: () => void }) {
  const again = useStore(() => new Again(question, isMeant), [question]);
  const found = again.ids.value;
  const many = found?.length ?? 0;
  const progress = again.progress.value;
  return (
    <div class="bulk open" data-test="bulk">
      {found === null && !again.error.value && (
        <p class="second" role="status">
          Counting what matches
        </p>
      )}
      {found && !progress && (
        <p>
          <b class="number">
            {plural(many, "delivery", "deliveries")} {many === 1 ? "matches" : "match"}
            {again.more.value ? `, and more: the first ${count(many)} are taken` : ""}.
          </b>{" "}
          <span class="second">
            {many === 0 ? NONE_MEANT : "Each is sent once, the oldest first; what waits for its time goes now."}
          </span>
        </p>
      )}
      <Far again={again} />
      <Fault error={again.error.value} />
      <div class="actions">
        {many > 0 && !progress && (
          <Button kind="main" icon={RotateCw} busy="Asking" onPress={() => again.send()} test="bulk-retry">
            {`Retry ${count(many)}`}
          </Button>
        )}
        {(!progress || progress.over) && (
          <Button kind="ghost" onPress={onClose} test="bulk-close">
            {progress ? "Done" : "Leave them"}
          </Button>
        )}
      </div>
    </div>
  );
}
