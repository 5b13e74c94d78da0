import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { capture } from "../fake/objects";
import { curlOf } from "./snippets";

/** What a shell makes of the command, with a curl that prints its arguments and what it is fed. */
const run = (command: string) =>
  execFileSync("sh", [
    "-c",
    `curl() { for one; do printf '%s\\n' "$one"; done; case " $* " in *' @- '*) cat;; esac; }\n${command}`,
  ]);

test("a captured request goes out again byte for byte, whatever stands in it", () => {
  const headers = [
    { name: "Host", value: "desk.example" },
    { name: "X-Quote", value: "it's $HOME `id`" },
    { name: "X-Empty", value: "" },
  ] as never;
  const body = "it's\n$HOME `id` \\";
  const text = run(
    curlOf(capture(1, { method: "PUT", path: "/a?b='c'", headers, body }), "https://desk.example/in/tok"),
  );
  const lines = text.toString();
  expect(lines).toContain("https://desk.example/in/tok/a?b='c'\n");
  expect(lines).toContain("X-Quote: it's $HOME `id`\n");
  expect(lines).toContain("X-Empty;\n");
  expect(lines).toContain(`--data-binary\n${body}\n`);
  expect(lines).not.toContain("Host:");
});

test("bytes that are no text, and text that curl would take for a file's name, go by its input", () => {
  const raw = Buffer.from([0, 255, 10, 13]);
  const packed = { body: raw.toString("base64"), body_encoding: "base64" };
  expect(run(curlOf(capture(1, packed), "https://a.example")).subarray(-4)).toEqual(raw);
  expect(run(curlOf(capture(1, { body: "@/etc/passwd" }), "https://a.example")).toString()).toMatch(
    /@-\n@\/etc\/passwd$/,
  );
});
