// A body: as a tree, as it is, as bytes. A large one shows its size, head and tail first; the rest on request.

import { Download, FileJson2 } from "lucide-preact";
import { useMemo, useState } from "preact/hooks";
import type { BodyText } from "../api/objects";
import { bytesOf, download, textOf } from "../words/body";
import { bytes as size, visible } from "../words/bytes";
import { parse } from "../words/json";
import { Button } from "./Button";
import { Hex } from "./Hex";
import { JsonTree } from "./JsonTree";

export type Look = "tree" | "raw" | "hex";

/** A body of more bytes than this opens on request. */
const LARGE = 200_000;
/** Of a large body, this much of either end is shown. */
const END = 16_000;
/** A raw text is drawn in pieces, so that one endless line costs what is in sight. */
const PIECE = 4_000;

interface Props {
  body: BodyText;
  look: Look;
  /** By which bytes that are no UTF-8 are read. */
  charset?: string | undefined;
  /** For the file, when it is saved. */
  name: string;
  onValue?: ((path: string, value: string) => void) | undefined;
}

export function BodyView({ body, look, charset, name, onValue }: Props) {
  const raw = useMemo(() => bytesOf(body), [body.body, body.body_encoding]);
  const text = useMemo(() => textOf(body, charset), [body.body, body.body_encoding, charset]);
  const [opened, setOpened] = useState(false);
  const large = raw.length > LARGE;
  if (raw.length === 0) return <p class="quiet small">No body</p>;
  if (look === "hex") return <Hex bytes={raw} />;
  if (large && !opened) {
    return (
      <div class="stack">
        <div class="large-body" data-test="large-body">
          <FileJson2 size={18} aria-hidden="true" />
          <div>
            <b>{size(raw.length)}</b>
            <p class="second small">The first and the last {size(END)} are shown.</p>
          </div>
          <span class="actions">
            <Button size="small" onPress={() => setOpened(true)} test="open-all">
              Open all
            </Button>
            <Button size="small" icon={Download} onPress={() => download(raw, name)}>
              Download
            </Button>
          </span>
        </div>
        <Pieces text={text.slice(0, END)} />
        <p class="quiet small">{size(raw.length - 2 * END)} left out</p>
        <Pieces text={text.slice(-END)} />
      </div>
    );
  }
  return look === "tree" ? <Tree text={text} large={large} onValue={onValue} /> : <Pieces text={text} />;
}

function Tree({ text, large, onValue }: { text: string; large: boolean; onValue: Props["onValue"] }) {
  const parsed = useMemo(() => {
    try {
      return parse(text);
    } catch {
      return null;
    }
  }, [text]);
  return parsed ? <JsonTree value={parsed} depth={large ? 1 : 4} onValue={onValue} /> : <Pieces text={text} />;
}

function Pieces({ text }: { text: string }) {
  const pieces = [];
  for (let at = 0; at < text.length; ) {
    // A piece is a block, for only a block can be left undrawn: it ends with a line where one ends, else where any line may break.
    const whole = text.slice(at, at + PIECE);
    const piece = at + PIECE < text.length ? whole.slice(0, whole.lastIndexOf("\n") + 1) || whole : whole;
    pieces.push(
      <span key={at} class="piece">
        {visible(piece)}
      </span>,
    );
    at += piece.length;
  }
  return (
    <pre class="raw foreign" data-test="raw">
      {pieces}
    </pre>
  );
}
