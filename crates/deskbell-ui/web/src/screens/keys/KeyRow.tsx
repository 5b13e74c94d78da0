// One key. Revoking cannot be taken back, so the row asks once, in place.
import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiKey } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { now } from "../../state/clock";
import { visible } from "../../words/bytes";
import { at, utc } from "../../words/time";

const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

export function KeyRow({ of: key, onRevoke }: { of: ApiKey; onRevoke: () => Promise<unknown> }) {
  const [asking, ask] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // What was pressed is replaced: the focus goes on to what took its place.
  const cell = useRef<HTMLTableCellElement>(null);
  const was = useRef(false);
  useEffect(() => {
    if (asking !== was.current)
      cell.current?.querySelector<HTMLElement>(asking ? "[data-test=keep-key]" : "button")?.focus();
    was.current = asking;
  }, [asking]);
  const ended = !!key.expiry_time && at(key.expiry_time) <= now.value;
  return (
    <tr data-test="key" data-id={key.id}>
      <th scope="row">
        <b>
          <bdi>{visible(key.name)}</bdi>
        </b>
      </th>
      <td data-label="Key">
        <span class="mono">{key.hint}</span>
      </td>
      <td data-label="Made">
        <When wire={key.creation_time} />
      </td>
      <td data-label="Last used">
        {key.last_used_time ? <Ago wire={key.last_used_time} /> : <span class="quiet">never</span>}
      </td>
      <td data-label="Ends">
        {ended ? (
          <span class="tag">ended</span>
        ) : key.expiry_time ? (
          <When wire={key.expiry_time} />
        ) : (
          <span class="quiet">never</span>
        )}
      </td>
      <td class="right" ref={cell}>
        {asking ? (
          <span class="revoke" role="group" aria-label="Revoke this key?">
            <Button
              kind="danger"
              size="small"
              busy="Revoking"
              onPress={() => onRevoke().catch(setError)}
              test="revoke-now"
            >
              Revoke for good
            </Button>
            {/* Where the pointer is: a second click by mistake keeps it. */}
            <Button size="small" onPress={() => ask(false)} test="keep-key">
              Keep it
            </Button>
          </span>
        ) : (
          <Button kind="danger" size="small" onPress={() => ask(true)} test="revoke">
            Revoke
          </Button>
        )}
        <Fault error={error} />
      </td>
    </tr>
  );
}

const When = ({ wire }: { wire: string }) => (
  <time dateTime={wire} title={utc(at(wire))}>
    {date.format(at(wire))}
  </time>
);

/** Minutes are as fine as it is known. */
function Ago({ wire }: { wire: string }) {
  const minutes = Math.floor((now.value - at(wire)) / 60_000);
  const text =
    minutes < 1
      ? "just now"
      : minutes < 60
        ? `${minutes} min ago`
        : minutes < 1440
          ? `${Math.floor(minutes / 60)} h ago`
          : date.format(at(wire));
  return (
    <time dateTime={wire} title={utc(at(wire))}>
      {text}
    </time>
  );
}
