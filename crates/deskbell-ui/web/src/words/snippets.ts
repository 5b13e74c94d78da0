// A signed request as a command or a program: curl, HTTPie, Python, Node. The body goes byte for byte, headers in their order.
import type { Capture, SignedRequest } from "../api/objects";
import { bytesOf, textOf } from "./body";

export const LANGUAGES = ["curl", "HTTPie", "Python", "Node"] as const;
export type Language = (typeof LANGUAGES)[number];

/** In single quotes for a POSIX shell. */
export const shell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
/** A string of Python and of JavaScript alike: JSON's strings are both. */
const quoted = (text: string): string => JSON.stringify(text);

export function snippet(language: Language, request: SignedRequest): string {
  const body = textOf(request);
  const { method, url, headers } = request;
  switch (language) {
    case "curl":
      return [
        `curl -i -X ${method} ${shell(url)}`,
        ...headers.map(([name, value]) => `  -H ${shell(`${name}: ${value}`)}`),
        `  --data-binary ${shell(body)}`,
      ].join(" \\\n");
    case "HTTPie":
      return [
        `printf '%s' ${shell(body)} | http --print=hHbB ${method} ${shell(url)}`,
        ...headers.map(([name, value]) => `  ${shell(`${name}:${value}`)}`),
      ].join(" \\\n");
    case "Python":
      return [
        "import urllib.request",
        "",
        `body = ${quoted(body)}.encode()`,
        "headers = {",
        ...headers.map(([name, value]) => `    ${quoted(name)}: ${quoted(value)},`),
        "}",
        `request = urllib.request.Request(${quoted(url)}, data=body, headers=headers, method=${quoted(method)})`,
        "with urllib.request.urlopen(request) as answer:",
        "    print(answer.status, answer.read().decode())",
      ].join("\n");
    case "Node":
      return [
        `const answer = await fetch(${quoted(url)}, {`,
        `  method: ${quoted(method)},`,
        "  headers: {",
        ...headers.map(([name, value]) => `    ${quoted(name)}: ${quoted(value)},`),
        "  },",
        `  body: ${quoted(body)},`,
        "});",
        "console.log(answer.status, await answer.text());",
      ].join("\n");
  }
}

/** What a client writes by itself, and what belongs to one connection. */
const FRAME = ["host", "content-length", "connection", "transfer-encoding", "accept-encoding", "expect"];

/** A captured request as a command that sends it again, byte for byte. */
export function curlOf(capture: Capture, address: string): string {
  const { method, path, headers } = capture;
  const kept = headers.filter(({ name }) => !FRAME.includes(name.toLowerCase()));
  const bytes = bytesOf(capture);
  const isPacked = capture.body_encoding === "base64";
  // What begins with an @ would be a file's name.
  const isFed = isPacked || capture.body.startsWith("@");
  const command = [
    `curl -i -X ${shell(method)} ${shell(address + path)}`,
    // A header without a value is written with a semicolon (curl's manual, -H).
    ...kept.map(({ name, value }) => `  -H ${shell(value ? `${name}: ${value}` : `${name};`)}`),
    ...(bytes.length === 0 ? [] : [`  --data-binary ${isFed ? "@-" : shell(capture.body)}`]),
  ].join(" \\\n");
  if (!isFed || bytes.length === 0) return command;
  return `printf '%s' ${shell(capture.body)} | ${isPacked ? "base64 -d | " : ""}${command}`;
}
