import { gzipSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import {
  contentOf,
  decoded,
  doubtOf,
  imageSize,
  imageType,
  kindOf,
  pairsOf,
  partsOf,
  read,
  stillPacked,
  UNPACKED,
  unpacked,
} from "./media";

const bytes = (text: string) => new TextEncoder().encode(text);
const content = (type: string, encoding = "") =>
  contentOf([
    { name: "Content-Type", value: type },
    ...(encoding ? [{ name: "content-encoding", value: encoding }] : []),
  ] as never);
const PNG = new Uint8Array(Buffer.from("89504e470d0a1a0a0000000d49484452000002800000016808060000", "hex"));

test("what a body is, is told by its bytes before its header", () => {
  const kind = (type: string, body: Uint8Array) => kindOf(content(type), body);
  expect(kind("text/plain", bytes('{"a":1}'))).toBe("json");
  expect(kind("", bytes("<a/>"))).toBe("text");
  expect(kind("application/x-www-form-urlencoded; charset=utf-8", bytes("a=1"))).toBe("form");
  expect(kind('multipart/form-data; boundary="x y"', bytes("--x y--"))).toBe("parts");
  expect(kind("text/html", PNG)).toBe("image");
  expect(kind("image/svg+xml", bytes("<svg onload=alert(1)>"))).toBe("text");
  expect(kind("text/plain", new Uint8Array([0, 1, 2, 3]))).toBe("bytes");
  expect(kind("", bytes(`\u001b]0;title\u0007${"<b>".repeat(100)}`))).toBe("text");
  expect(kind("text/plain; charset=iso-8859-1", new Uint8Array([0x63, 0x61, 0x66, 0xe9, 0x20]))).toBe("text");
});

test("text is read by the charset that is named", () => {
  expect(decoded(new Uint8Array([0x63, 0x61, 0x66, 0xe9]), "iso-8859-1")).toBe("café");
  expect(decoded(bytes("café"))).toBe("café");
  expect(decoded(bytes("x"), "klingon")).toBeNull();
});

test("a form's pairs keep their order, and those that stand twice stay", () => {
  expect(pairsOf("b=two+words&a=%C3%A9&b=")).toEqual([
    ["b", "two words"],
    ["a", "é"],
    ["b", ""],
  ]);
});

test("parts have their names, files and bytes; a body that ends too early has those before", () => {
  const body = [
    "preamble",
    "--x",
    'Content-Disposition: form-data; name="note"',
    "",
    "two\r\nlines",
    "--x",
    'content-disposition: form-data; name="pic"; filename="a \\"b\\".png"',
    "Content-Type: image/png",
    "",
    "\u0001\u0002",
    "--x",
    "no head at all",
    "--x--",
    "epilogue",
  ].join("\r\n");
  const parts = partsOf(bytes(body), "x") ?? [];
  expect(parts.map(({ name, filename, type }) => [name, filename, type])).toEqual([
    ["note", null, ""],
    ["pic", 'a \\"b\\".png', "image/png"],
    [null, null, ""],
  ]);
  expect(parts.map((part) => decoded(part.bytes))).toEqual(["two\r\nlines", "\u0001\u0002", ""]);
  const half =
    partsOf(bytes('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x\r\nA: b\r\n\r\nhalf'), "x") ?? [];
  expect(half.map((part) => [part.name, decoded(part.bytes), part.cut])).toEqual([
    ["a", "1", false],
    [null, "half", true],
  ]);
  expect(partsOf(bytes("--x\r\n"), "x")).toEqual([]);
  expect(partsOf(bytes("nothing"), "x")).toBeNull();
});

test("what the headers say of a text and is not so is told", () => {
  const text = bytes('{"a":1}');
  expect(kindOf(content("text/plain; charset=klingon"), text)).toBe("json");
  expect(read(bytes("café"), "klingon")).toBe("café");
  expect(doubtOf(content("text/plain; charset=klingon"), "café")).toMatch(/klingon.*UTF-8/);
  expect(doubtOf(content("application/problem+json"), '{"a":[1')).toMatch(/cannot be read as JSON/);
  for (const [type, said] of [
    ["application/json; charset=utf-8", '{"a":1}'],
    ["application/x-ndjson", "{}\n{}"],
    ["text/plain; charset=iso-8859-1", "caf\u00e9"],
    ["", "{"],
  ] as const)
    expect(doubtOf(content(type), said)).toBeNull();
});

test("a picture is known by its first bytes, and its size by its head", () => {
  expect([imageType(PNG), imageSize(PNG)]).toEqual(["image/png", [640, 360]]);
  const gif = new Uint8Array(Buffer.from("474946383961200010000000", "hex"));
  expect([imageType(gif), imageSize(gif)]).toEqual(["image/gif", [32, 16]]);
  const jpeg = new Uint8Array(Buffer.from("ffd8ffe000040000ffc0001108001000200301", "hex"));
  expect([imageType(jpeg), imageSize(jpeg)]).toEqual(["image/jpeg", [32, 16]]);
  expect(imageSize(PNG.subarray(0, 12))).toBeNull();
  expect(imageType(bytes("<svg>"))).toBeNull();
});

test("a packed body is unpacked up to a bound, and one that is none stays as it came", async () => {
  const plain = await unpacked(new Uint8Array(gzipSync('{"a":1}')), "gzip");
  expect([decoded(plain?.bytes ?? PNG), plain?.cut]).toEqual(['{"a":1}', false]);
  const bomb = await unpacked(new Uint8Array(gzipSync(Buffer.alloc(3 * UNPACKED))), "gzip");
  expect([bomb?.bytes.length, bomb?.cut]).toEqual([UNPACKED, true]);
  expect(await unpacked(bytes("no gzip"), "gzip")).toBeNull();
  expect(await unpacked(bytes("x"), "br")).toBeNull();
});

test("what cannot be unpacked is told by whose fault it is; what a newer browser unpacks is unpacked", async () => {
  expect(stillPacked("gzip")).toBe(
    "It says that it is packed with gzip, and is not: its bytes stand here as they came.",
  );
  const words = "which this browser does not unpack: its bytes stand here as they came.";
  expect(stillPacked("zstd")).toBe(`It is packed with zstd, ${words}`);
  const old = DecompressionStream;
  const browser = (formats: string[]) =>
    vi.stubGlobal(
      "DecompressionStream",
      class {
        constructor(format: string) {
          if (!formats.includes(format)) throw new TypeError(format);
          // biome-ignore lint/correctness/noConstructorReturn: stands for the browser's own.
          return new old("gzip");
        }
      },
    );
  browser(["gzip"]);
  expect([stillPacked("br"), await unpacked(bytes("x"), "br")]).toEqual([`It is packed with brotli, ${words}`, null]);
  browser(["brotli"]);
  expect(decoded((await unpacked(new Uint8Array(gzipSync("open")), "br"))?.bytes ?? PNG)).toBe("open");
  vi.unstubAllGlobals();
});
