// JSON as a tree that folds. Only what is open exists, and of a long part only the first hundreds, so that a large body costs
// what is read of it. A value can be pressed to search for it.

import { ChevronDown, ChevronRight } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { plural, visible } from "../words/bytes";
import { type Json, unquoted } from "../words/json";

interface Props {
  value: Json;
  /** Levels that are open at first. */
  depth?: number;
  /** Pressing a value searches for it: the path, dotted, and the value. */
  onValue?: ((path: string, value: string) => void) | undefined;
}

/** Parts shown of one object or list before more are asked for. */
const SHOWN = 200;
/** A value of so few letters, without a space, is not broken over two lines. */
const SHORT = 48;
/** Letters of one string before the rest is asked for. */
const LONG = 2_000;

export function JsonTree({ value, depth = 3, onValue }: Props) {
  return (
    <div class="json mono" data-test="json">
      <Node root name={null} double={false} value={value} path="" depth={depth} comma={false} onValue={onValue} />
    </div>
  );
}

interface NodeProps {
  /** The body itself: it is open however long it is, for nothing else of it would be seen. */
  root?: boolean;
  name: string | null;
  /** Another member of the same object has this name too. */
  double: boolean;
  value: Json;
  path: string;
  depth: number;
  comma: boolean;
  onValue: Props["onValue"];
}

function Node({ root, name, double, value, path, depth, comma, onValue }: NodeProps) {
  const entries = "members" in value ? value.members : [];
  const [open, setOpen] = useState(depth > 0 && (root || entries.length <= SHOWN));
  const [shown, setShown] = useState(SHOWN);
  const label = name !== null && (
    <span class="json-key">
      <bdi>"{visible(name)}"</bdi>:{double && <i title="This name stands here more than once"> twice</i>}{" "}
    </span>
  );
  const end = comma ? "," : "";
  if (!("members" in value)) {
    return (
      <div class="json-line">
        {label}
        <Leaf value={value} end={end} path={path} onValue={onValue} />
      </div>
    );
  }
  const isList = value.kind === "list";
  const [left, right] = isList ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0)
    return (
      <div class="json-line">
        {label}
        {left}
        {right}
        {end}
      </div>
    );
  const inside = plural(entries.length, isList ? "item" : "key");
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
            {entries.slice(0, shown).map((member, index) => (
              <Node
                key={index}
                name={member.name}
                double={member.double}
                value={member.value}
                path={member.name === null ? path : path ? `${path}.${member.name}` : member.name}
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
  // Of a text its letters are read, of a number its digits, as they were written.
  const said = value.kind === "text" ? unquoted(value.source) : value.source;
  const text = value.kind === "text" ? JSON.stringify(said) : said;
  const cut = text.length > LONG && !whole;
  // A date or a number stands on one line where one line can hold it.
  const short = text.length <= SHORT && !/\s/.test(text) ? " json-short" : "";
  const look = (value.kind === "text" ? "json-string" : "json-word") + short;
  // The comma goes with the value: it must not begin a line of its own.
  const shown = (
    <bdi dir="ltr">
      {visible(cut ? text.slice(0, LONG) : text)}
      {cut ? "" : end}
    </bdi>
  );
  return (
    <>
      {onValue && path && text.length < 200 && said ? (
        <Pressed look={look} title={`Search body.${path}`} onPress={() => onValue(path, said)}>
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
