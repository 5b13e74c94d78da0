// Says that a booking would not come to an inbox, because no webhook that points there asks for it, and offers what helps.

import { Plus } from "lucide-preact";
import { useState } from "preact/hooks";
import type { Inbox } from "../api/objects";
import { deafTo, RUNG } from "../state/opening";
import { changeWebhook } from "../state/webhooks";
import { listed } from "../words/booking";
import { plural, visible } from "../words/bytes";
import { Button, Fault } from "./Button";

/** Webhooks that are named, of those that point there. */
const NAMED = 3;

/** Why a booking would not come there; false when it would. */
export const deaf = (inbox: Inbox): string | false =>
  deafTo(inbox).length > 0 && `No webhook that is on and points here asks for ${RUNG}`;

export function Deaf({ inbox }: { inbox: Inbox }) {
  const [error, setError] = useState<unknown>(null);
  const pointing = deafTo(inbox);
  const first = pointing[0];
  if (!first) return null;
  const names = pointing.slice(0, NAMED).map(({ name }) => visible(name));
  const more = pointing.length - names.length;
  const add = () => changeWebhook(first.id, { events: [...first.events, RUNG] }).then(() => setError(null), setError);
  return (
    <div class="note wait deaf" data-test="deaf">
      <p>
        A booking would not come here: <bdi>{listed(more > 0 ? [...names, plural(more, "other")] : names)}</bdi>{" "}
        {pointing.length === 1 ? "points here and does" : "point here and do"} not ask for <b>{RUNG}</b>.
      </p>
      <Button size="small" icon={Plus} busy="Adding" onPress={add} test="deaf-add">
        {`Ask for it with ${visible(first.name)}`}
      </Button>
      <Fault error={error} />
    </div>
  );
}
