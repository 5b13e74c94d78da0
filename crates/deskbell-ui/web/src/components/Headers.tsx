// Headers in their order. Each can be copied, or pressed to search for it.

import type { HeaderText } from "../api/objects";
import { visible } from "../words/bytes";
import { Copy } from "./Copy";

export const pairs = (headers: readonly (readonly string[])[]): HeaderText[] =>
  headers.map(([name = "", value = ""]) => ({ name, value }));

export function Headers({
  headers,
  onValue,
}: {
  headers: readonly HeaderText[];
  onValue?: ((name: string, value: string) => void) | undefined;
}) {
  if (headers.length === 0) return <p class="quiet small">No headers</p>;
  return (
    <dl class="headers mono">
      {headers.map(({ name, value }, index) => (
        <div key={index}>
          <dt>
            <bdi>{visible(name)}</bdi>
          </dt>
          <dd>
            {onValue && value.length < 200 ? (
              <button
                type="button"
                class="json-value"
                title={`Search header.${name.toLowerCase()}`}
                onClick={() => onValue(name.toLowerCase(), value)}
              >
                <bdi>{visible(value)}</bdi>
              </button>
            ) : (
              <bdi>{visible(value)}</bdi>
            )}
          </dd>
          <Copy text={value} what={name} />
        </div>
      ))}
    </dl>
  );
}
