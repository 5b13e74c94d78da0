// A stranger's body as what it is: unpacked, a form or parts as a table, a picture drawn, text by its charset, bytes in hex. Markup is
// shown as its source, and never as a page.

import { Download } from "lucide-preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Capture } from "../api/objects";
import { bytesOf, download } from "../words/body";
import { bytes as size, visible } from "../words/bytes";
import {
  type Content,
  contentOf,
  decoded,
  doubtOf,
  imageSize,
  kindOf,
  type Part,
  pairsOf,
  partsOf,
  read,
  stillPacked,
  type Unpacked,
  unpacked,
} from "../words/media";
import { BodyView } from "./BodyView";
import { Button } from "./Button";
import { Hex } from "./Hex";
import "../styles/media.css";

export function CapturedBody({ capture }: { capture: Capture }) {
  const content = useMemo(() => contentOf(capture.headers), [capture.headers]);
  const raw = useMemo(() => bytesOf(capture), [capture.body, capture.body_encoding]);
  const [held, hold] = useState<Unpacked | "none" | null>(null);
  const isPacked = content.encoding !== "" && raw.length > 0;
  useEffect(() => {
    if (isPacked) void unpacked(raw, content.encoding).then((found) => hold(found ?? "none"));
  }, [raw, content.encoding]);
  const query = capture.path.includes("?") ? pairsOf(capture.path.slice(capture.path.indexOf("?") + 1)) : [];
  return (
    <div class="stack tight" data-test="captured-body">
      {query.length > 0 && <Pairs title="Query" pairs={query} />}
      {isPacked && held === null ? (
        <p class="quiet" role="status">
          Unpacking the body
        </p>
      ) : isPacked && held && held !== "none" ? (
        <>
          <p class="quiet small number" data-test="unpacked">
            {content.encoding}: {size(raw.length)} came, {held.cut ? "more than " : ""}
            {size(held.bytes.length)} were in it.
          </p>
          <Shown content={content} bytes={held.bytes} name={capture.id} />
        </>
      ) : (
        <>
          {isPacked && (
            <p class="second small foreign" data-test="still-packed">
              {stillPacked(content.encoding)}
            </p>
          )}
          <Shown content={content} bytes={raw} name={capture.id} />
        </>
      )}
    </div>
  );
}

interface ShownProps {
  content: Content;
  bytes: Uint8Array<ArrayBuffer>;
  name: string;
}

function Shown({ content, bytes, name }: ShownProps) {
  const kind = useMemo(() => kindOf(content, bytes), [content, bytes]);
  const charset = content.parameters.get("charset");
  const text = useMemo(() => read(bytes, charset), [bytes, charset]);
  if (bytes.length === 0) return <p class="quiet small">No body</p>;
  switch (kind) {
    case "image":
      return <Picture bytes={bytes} name={name} />;
    case "form":
      return <Pairs title="Form" pairs={pairsOf(text)} />;
    case "parts": {
      const parts = partsOf(bytes, content.parameters.get("boundary") ?? "");
      return parts?.length ? (
        <Parts parts={parts} />
      ) : (
        <BodyView body={{ body: text, body_encoding: "utf8" }} look="raw" name={`${name}.txt`} />
      );
    }
    case "bytes":
      return (
        <div class="stack tight">
          <p class="second small">
            {size(bytes.length)} that are no text.{" "}
            <Button size="small" icon={Download} onPress={() => download(bytes, `${name}.bin`)}>
              Download
            </Button>
          </p>
          <Hex bytes={bytes} />
        </div>
      );
    default:
      return (
        <div class="stack tight">
          <Doubt content={content} text={text} />
          <BodyView
            body={{ body: text, body_encoding: "utf8" }}
            look={kind === "json" ? "tree" : "raw"}
            name={`${name}.txt`}
          />
        </div>
      );
  }
}

/** What the headers say of a text and is not so. */
function Doubt({ content, text }: { content: Content; text: string }) {
  const doubt = useMemo(() => doubtOf(content, text), [content, text]);
  return doubt ? <p class="quiet small">{visible(doubt)}</p> : null;
}

function Pairs({ title, pairs }: { title: string; pairs: readonly (readonly [string, string])[] }) {
  return (
    <table class="pairs mono" data-test="pairs">
      <caption class="small second">
        {title} <span class="number">{pairs.length}</span>
      </caption>
      <tbody>
        {pairs.map(([name, value], index) => (
          <tr key={index}>
            <th scope="row">
              <bdi>{visible(name)}</bdi>
            </th>
            <td>
              <bdi>{visible(value)}</bdi>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A value of so many bytes is shown in its row; a larger one is told and saved. */
const VALUE = 4_000;

function Parts({ parts }: { parts: readonly Part[] }) {
  return (
    <table class="pairs mono" data-test="parts">
      <caption class="small second">
        Parts <span class="number">{parts.length}</span>
      </caption>
      <tbody>
        {parts.map((part, index) => (
          <tr key={index}>
            <th scope="row">
              <bdi>{visible(part.name ?? "no name")}</bdi>
            </th>
            <td>
              <PartValue part={part} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function PartValue({ part }: { part: Part }) {
  const { filename, type, bytes, cut } = part;
  const kind = kindOf({ type, parameters: new Map(), encoding: "" }, bytes);
  const name = filename ?? part.name ?? "part";
  if (filename === null && bytes.length <= VALUE && kind !== "bytes" && kind !== "image")
    return (
      <>
        <bdi>{visible(decoded(bytes) ?? "")}</bdi>
        {cut && <Cut />}
      </>
    );
  return (
    <div class="stack tight">
      <p>
        <bdi>{visible(name)}</bdi>{" "}
        <span class="quiet">
          {visible(type) || "no type"}, {size(bytes.length)}
        </span>{" "}
        {/* Without the folders that a stranger put into the name. */}
        <Button size="small" icon={Download} onPress={() => download(bytes, name.replace(/^.*[\\/]/, "") || "part")}>
          Download
        </Button>
      </p>
      {kind === "image" && <Picture bytes={bytes} />}
      {cut && <Cut />}
    </div>
  );
}

const Cut = () => <p class="wait small">The body ends before this part does.</p>;

/** Pixels of a picture at most: more would take the page's memory. */
const PIXELS = 24_000_000;

/** Drawn on a canvas: bytes become pixels and nothing else. With a name it is the whole body, told and saved here. */
function Picture({ bytes, name }: { bytes: Uint8Array<ArrayBuffer>; name?: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [failed, fail] = useState(false);
  const shape = imageSize(bytes);
  const [width, height] = shape ?? [0, 0];
  const fits = width > 0 && height > 0 && width * height <= PIXELS;
  useEffect(() => {
    if (!fits) return;
    createImageBitmap(new Blob([bytes])).then(
      (bitmap) => {
        const element = canvas.current;
        if (!element) return;
        element.width = bitmap.width;
        element.height = bitmap.height;
        element.getContext("2d")?.drawImage(bitmap, 0, 0);
        bitmap.close();
      },
      () => fail(true),
    );
  }, [bytes, fits]);
  return (
    <figure class="picture" data-test="picture">
      {fits && !failed && <canvas ref={canvas} role="img" aria-label={`The picture, ${width} by ${height} pixels`} />}
      <figcaption class="small second number">
        {[shape && `${width} × ${height}`, name && size(bytes.length)].filter(Boolean).join(", ")}
        {failed && ". It could not be drawn"}
        {!fits && shape && ". It is too large to be drawn here"}{" "}
        {name && (
          <Button size="small" icon={Download} onPress={() => download(bytes, name)}>
            Download
          </Button>
        )}
      </figcaption>
    </figure>
  );
}
