// JSON as a tree that folds. Only what is open exists, and of a long part only the first hundreds, so that a large body costs
// what is read of it. A value can be pressed to search for it.

import { ChevronDown, ChevronRight } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { visible } from "../words/bytes";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

interface Props {
  value: Json;
  /** Levels that are open at first. */
  depth?: number;
  /** Pressing a value searches for it: the path, dotted, and the value. */
  onValue?: ((path: string, value: string) => void) | undefined;
}

/** Parts shown of one object or list before more are asked for. */
const SHOWN = 200;
/** Letters of one string before the rest is asked for. */
const LONG = 2_000;

export function JsonTree({ value, depth = 3, onValue }: Props) {
  return (
    <div class="json mono" data-test="json">
      <Node name={null} value={value} path="" depth={depth} comma={false} onValue={onValue} />
    </div>
  );
}

interface NodeProps {
  name: string | null;
  value: Json;
  path: string;
  depth: number;
  comma: boolean;
  onValue: Props["onValue"];
}

function Node({ name, value, path, depth, comma, onValue }: NodeProps) {
  const branch = value !== null && typeof value === "object";
  // Own keys only: `__proto__` and `constructor` in a stranger's body are names like any other.
  const entries: [string, Json][] = !branch
    ? []
    : Array.isArray(value)
      ? value.map((item, index) => [String(index), item])
      : Object.entries(value);
  const [open, setOpen] = useState(depth > 0 && entries.length <= SHOWN);
  const [shown, setShown] = useState(SHOWN);
  const label = name !== null && (
    <span class="json-key">
      <bdi>"{visible(name)}"</bdi>:{" "}
    </span>
  );
  const end = comma ? "," : "";
  if (!branch) {
    return (
      <div class="json-line">
        {label}
        <Leaf value={value} end={end} path={path} onValue={onValue} />
      </div>
    );
  }
  const [left, right] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0)
    return (
      <div class="json-line">
        {label}
        {left}
        {right}
        {end}
      </div>
    );
  const inside = Array.isArray(value)
    ? entries.length === 1
      ? "1 item"
      : `${entries.length} items`
    : entries.length === 1
      ? "1 key"
      : `${entries.length} keys`;
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <div>
      <div class="json-line">
        <button
          type="button"
          class="json-fold"
          aria-expanded={open}
          aria-label={`${open ? "Fold" : "Unfold"} ${name ?? "the body"}`}
          onClick={() => setOpen(!open)}
        >
          <Chevron size={12} aria-hidden="true" />
        </button>
        {label}
        {open ? (
          left
        ) : (
          <button type="button" class="json-folded" onClick={() => setOpen(true)}>
            {left} {inside} {right}
          </button>
        )}
        {!open && end}
      </div>
      {open && (
        <>
          <div class="json-inside">
            {entries.slice(0, shown).map(([key, item], index) => (
              <Node
                key={key}
                name={Array.isArray(value) ? null : key}
                value={item}
                path={Array.isArray(value) ? path : path ? `${path}.${key}` : key}
                depth={depth - 1}
                comma={index < entries.length - 1}
                onValue={onValue}
              />
            ))}
            {entries.length > shown && (
              <button type="button" class="link" onClick={() => setShown(shown + 5 * SHOWN)}>
                {entries.length - shown} more, show {Math.min(5 * SHOWN, entries.length - shown)}
              </button>
            )}
          </div>
          <div class="json-line">
            {right}
            {end}
          </div>
        </>
      )}
    </div>
  );
}

function Leaf({ value, end, path, onValue }: { value: Json; end: string; path: string; onValue: Props["onValue"] }) {
  const [whole, setWhole] = useState(false);
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  const cut = text.length > LONG && !whole;
  const look = typeof value === "string" ? "json-string" : "json-word";
  // The comma goes with the value: it must not begin a line of its own.
  const shown = (
    <bdi dir="ltr">
      {visible(cut ? text.slice(0, LONG) : text)}
      {cut ? "" : end}
    </bdi>
  );
  return (
    <>
      {onValue && path && text.length < 200 && value !== null ? (
        <Pressed look={look} title={`Search body.${path}`} onPress={() => onValue(path, String(value))}>
          {shown}
        </Pressed>
      ) : (
        <span class={look}>{shown}</span>
      )}
      {cut && (
        <button type="button" class="link" onClick={() => setWhole(true)}>
          … {text.length - LONG} more
        </button>
      )}
    </>
  );
}

/** A button whose text flows with the line: the element of that name cannot break over two. */
function Pressed({
  look,
  title,
  onPress,
  children,
}: {
  look: string;
  title: string;
  onPress: () => void;
  children: ComponentChildren;
}) {
  const key = (event: KeyboardEvent) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onPress();
  };
  return (
    <span role="button" tabIndex={0} class={`json-value ${look}`} title={title} onClick={onPress} onKeyDown={key}>
      {children}
    </span>
  );
}
