// A body as the API gives it: text, or base 64 where the bytes are no text.
import type { BodyText } from "../api/objects";
import { read } from "./media";

export function bytesOf({ body, body_encoding }: BodyText): Uint8Array<ArrayBuffer> {
  if (body_encoding !== "base64") return new TextEncoder().encode(body);
  return Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
}

/** The text: of bytes that are no UTF-8 by the charset that their headers name. */
export const textOf = (body: BodyText, charset?: string): string =>
  body.body_encoding === "base64" ? read(bytesOf(body), charset) : body.body;

/** Saves the bytes as a file that no browser opens by itself. */
export function download(bytes: Uint8Array<ArrayBuffer>, name: string): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
