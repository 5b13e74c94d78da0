// A signed request as a command or a program: curl, HTTPie, Python, Node. The body goes byte for byte, headers in their order.
import type { SignedRequest } from "../api/objects";
import { textOf } from "./body";

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
