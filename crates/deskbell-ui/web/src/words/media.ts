// What a body is, by its headers and its first bytes, and what it is made of: pairs of a form, parts, a picture's size. Nothing here
// is ever run, rendered as markup, or trusted to be what it says.
import type { HeaderText } from "../api/objects";
import { visible } from "./bytes";
import { parse } from "./json";

export interface Content {
  /** `application/json`; empty when no header says. */
  type: string;
  parameters: ReadonlyMap<string, string>;
  /** `gzip`, as the body came; empty when it is not packed. */
  encoding: string;
}

export function contentOf(headers: readonly HeaderText[]): Content {
  const header = (wanted: string) => headers.find(({ name }) => name.toLowerCase() === wanted)?.value ?? "";
  const [type = "", ...rest] = header("content-type").split(";");
  const parameters = new Map<string, string>();
  for (const one of rest) {
    const [, name = "", value = ""] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(one) ?? [];
    if (name) parameters.set(name.toLowerCase(), value.replace(/^"(.*)"$/, "$1"));
  }
  const encoding = header("content-encoding").trim().toLowerCase();
  return { type: type.trim().toLowerCase(), parameters, encoding: encoding === "identity" ? "" : encoding };
}

/** The charset that the headers name. */
export const charsetOf = (headers: readonly HeaderText[]): string | undefined =>
  contentOf(headers).parameters.get("charset");

export type Kind = "json" | "form" | "parts" | "image" | "text" | "bytes";

const FORM = "application/x-www-form-urlencoded";

export function kindOf({ type, parameters }: Content, bytes: Uint8Array): Kind {
  if (imageType(bytes)) return "image";
  if (type === FORM) return "form";
  if (type.startsWith("multipart/") && parameters.has("boundary")) return "parts";
  if (isText(bytes, parameters.get("charset"))) return /^\s*[{["\d-]/.test(head(bytes)) ? "json" : "text";
  return "bytes";
}

const head = (bytes: Uint8Array): string => new TextDecoder().decode(bytes.subarray(0, 64));

/** One character in so many may be a control character: terminals are sent a few, bytes that are no text are full of them. */
const CONTROLS = 50;

/** Bytes that a reader of text can read: by the charset that is named and known, else by UTF-8. */
export function isText(bytes: Uint8Array, charset?: string): boolean {
  const part = bytes.subarray(0, 65_536);
  // Of a text that was cut the last character may be.
  const text = read(part, charset).slice(0, -1);
  if (/[\u0000\ufffd]/.test(text)) return false;
  return (text.match(/[\u0001-\u0008\u000e-\u001a\u001c-\u001f]/g) ?? []).length * CONTROLS <= text.length;
}

/** The text by the charset that is named, else by UTF-8; null when no browser knows the charset. */
export function decoded(bytes: Uint8Array, charset = "utf-8"): string | null {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return null;
  }
}

/** The text by the charset that is named; of a charset that no browser knows, by UTF-8. */
export const read = (bytes: Uint8Array, charset?: string): string => decoded(bytes, charset) ?? utf8(bytes);

/** Letters of a text at most that are tried as JSON for {@link doubtOf}. */
const TRIED = 1_000_000;

/** What the headers say of a text and is not so; null when there is nothing. */
export function doubtOf({ type, parameters }: Content, text: string): string | null {
  const charset = parameters.get("charset");
  if (decoded(new Uint8Array(), charset) === null) return `No charset is called ${charset}: it is read as UTF-8.`;
  if (!/[/+]json$/.test(type) || text.length > TRIED) return null;
  try {
    parse(text);
    return null;
  } catch {
    return "It says that it is JSON, and cannot be read as JSON.";
  }
}

/** Pairs at most that are shown of a form. */
const PAIRS = 500;

/** Names and values of a query or a form, in their order, those that stand twice too. */
export function pairsOf(text: string): (readonly [string, string])[] {
  return [...new URLSearchParams(text)].slice(0, PAIRS);
}

export interface Part {
  name: string | null;
  filename: string | null;
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** The body ended before the part did. */
  cut: boolean;
}

/** Parts at most that are taken apart. */
const PARTS = 200;

/** The parts of a multipart body (RFC 2046, 5.1); null when its boundary does not stand in it. */
export function partsOf(bytes: Uint8Array<ArrayBuffer>, boundary: string): Part[] | null {
  // A letter a byte: places in the text are places in the bytes.
  const text = latin(bytes);
  const mark = `--${boundary}`;
  let at = text.indexOf(mark);
  if (at < 0) return null;
  const parts: Part[] = [];
  while (parts.length < PARTS) {
    const from = at + mark.length;
    if (text.startsWith("--", from)) break;
    const next = text.indexOf(`\n${mark}`, from);
    const cut = next < 0;
    if (cut && text.slice(from).trim() === "") break;
    const end = cut ? text.length : text[next - 1] === "\r" ? next - 1 : next;
    const gap = /\r?\n\r?\n/.exec(text.slice(from, end));
    const headEnd = gap ? from + gap.index : end;
    const bodyFrom = gap ? headEnd + gap[0].length : end;
    const headers = new Map<string, string>();
    for (const line of utf8(bytes.subarray(from, headEnd)).split(/\r?\n/)) {
      const colon = line.indexOf(":");
      if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
    const disposition = headers.get("content-disposition") ?? "";
    const of = (name: string) =>
      new RegExp(`[;\\s]${name}="((?:[^"\\\\]|\\\\.)*)"`, "i").exec(disposition)?.[1] ?? null;
    parts.push({
      name: of("name"),
      filename: of("filename"),
      type: headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "",
      bytes: bytes.slice(bodyFrom, end),
      cut,
    });
    if (cut) break;
    at = next + 1;
  }
  return parts;
}

function latin(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return text;
}

const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The type of a picture that a browser draws without running anything of it, by its first bytes; null for all else, SVG too. */
export function imageType(bytes: Uint8Array): string | null {
  const starts = (...signs: number[]) => signs.every((sign, at) => bytes[at] === sign);
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "image/png";
  if (starts(0xff, 0xd8, 0xff)) return "image/jpeg";
  if (starts(0x47, 0x49, 0x46, 0x38)) return "image/gif";
  if (starts(0x52, 0x49, 0x46, 0x46) && latin(bytes.subarray(8, 12)) === "WEBP") return "image/webp";
  return null;
}

/** The picture's width and height as its head says them; null when it does not. */
export function imageSize(bytes: Uint8Array): readonly [number, number] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    switch (imageType(bytes)) {
      case "image/png":
        return [view.getUint32(16), view.getUint32(20)];
      case "image/gif":
        return [view.getUint16(6, true), view.getUint16(8, true)];
      case "image/webp": {
        const form = latin(bytes.subarray(12, 16));
        if (form === "VP8X") return [1 + (view.getUint32(24, true) & 0xffffff), 1 + (view.getUint32(26, true) >>> 8)];
        if (form === "VP8L") {
          const bits = view.getUint32(21, true);
          return [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)];
        }
        return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
      }
      case "image/jpeg": {
        for (let at = 2; ; ) {
          const marker = view.getUint16(at);
          // The frame's head, of any of its kinds but the tables between them.
          if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker))
            return [view.getUint16(at + 7), view.getUint16(at + 5)];
          at += 2 + view.getUint16(at + 2);
        }
      }
    }
  } catch {
    // It ends too early.
  }
  return null;
}

/** Bytes that a packed body becomes at most. */
export const UNPACKED = 8_000_000;

export interface Unpacked {
  bytes: Uint8Array<ArrayBuffer>;
  /** It would have become more. */
  cut: boolean;
}

/** By the names of HTTP those of the Compression Standard, of which browsers have the first two, and some the third. */
const FORMATS = new Map<string, string>([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "brotli"],
]);

/** What unpacks that here; null where this browser has nothing that does. */
function unpacker(encoding: string): DecompressionStream | null {
  const format = FORMATS.get(encoding);
  try {
    return format ? new DecompressionStream(format as CompressionFormat) : null;
  } catch {
    return null;
  }
}

/** Why a body that is packed is shown as it came. */
export function stillPacked(encoding: string): string {
  const name = encoding === "br" ? "brotli" : visible(encoding);
  return unpacker(encoding)
    ? `It says that it is packed with ${name}, and is not: its bytes stand here as they came.`
    : `It is packed with ${name}, which this browser does not unpack: its bytes stand here as they came.`;
}

/** What a packed body holds; null when this browser does not unpack that, or it is none. */
export async function unpacked(bytes: Uint8Array<ArrayBuffer>, encoding: string): Promise<Unpacked | null> {
  const stream = unpacker(encoding);
  if (!stream) return null;
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const chunks: Uint8Array[] = [];
  let [size, cut] = [0, false];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      size += value.length;
      if (size > UNPACKED) {
        cut = true;
        void reader.cancel();
        break;
      }
    }
  } catch {
    return null;
  }
  const whole = new Uint8Array(Math.min(size, UNPACKED));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk.subarray(0, whole.length - at), at);
    at += Math.min(chunk.length, whole.length - at);
  }
  return { bytes: whole, cut };
}
