// The sheet of keys, and the switch that turns single letters off.

import { letters, setLetters, sheet } from "../state/keys";
import { Dialog } from "./Dialog";

const keys: readonly (readonly [string, readonly string[]])[] = [
  ["next, previous", ["j", "k"]],
  ["open", ["↵"]],
  ["back, close", ["Esc"]],
  ["search", ["/"]],
  ["retry, or send again", ["r"]],
  ["edit and resend", ["e"]],
  ["copy as curl", ["c"]],
  ["diff with the one before", ["d"]],
  ["share", ["s"]],
  ["why didn't it get…", ["w"]],
  ["show what is new", ["n"]],
  ["previous, next attempt", ["[", "]"]],
  ["go to deliveries, events, webhooks, inboxes, bookings, operator", ["g", "d e w i b o"]],
  ["this sheet", ["?"]],
];

export function KeySheet() {
  if (!sheet.value) return null;
  return (
    <Dialog title="Keys" wide onClose={() => (sheet.value = false)}>
      <dl class="keys">
        {keys.map(([what, caps]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              {caps
                .flatMap((cap) => cap.split(" "))
                .map((cap) => (
                  <kbd key={cap}>{cap}</kbd>
                ))}
            </dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input type="checkbox" checked={letters.value} onChange={(event) => setLetters(event.currentTarget.checked)} />
        <span>Single letters work. Only plain ones, and only while no field has the focus.</span>
      </label>
    </Dialog>
  );
}
