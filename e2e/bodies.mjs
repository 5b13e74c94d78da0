// Bodies of real kinds, as strangers post them to an inbox: the name of each, its headers, and its bytes. A new kind is a new line.
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { png } from "./png.mjs";

const JSON_TYPE = "application/json";
const LINE = "x".repeat(1_000_000);
/** Persian with a non-joiner, and a family that joiners hold together. */
export const GUEST = "می\u200cخواهم";
export const FAMILY = "\u{1f469}\u200d\u{1f467}";
const BOUNDARY = "----bell7MA4YWxkTrZu0gW";

/** @param parts each the lines of its head, and its bytes. */
function multipart(parts) {
  const pieces = parts.flatMap(([head, body]) => [`--${BOUNDARY}\r\n${head.join("\r\n")}\r\n\r\n`, body, "\r\n"]);
  return Buffer.concat([...pieces, `--${BOUNDARY}--\r\n`].map((piece) => Buffer.from(piece)));
}
const field = (name, more = "") => `content-disposition: form-data; name="${name}"${more}`;
const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`;

const utf16 = (text) => Buffer.from(`\ufeff${text}`, "utf16le");
const soap = `<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope" xmlns:b="urn:booking">
  <soap:Header><b:Token mustUnderstand="1">${"t".repeat(400)}</b:Token></soap:Header>
  <soap:Body>
    <b:Book guest="Zoë" starts="2026-05-12T09:30:00Z"/>
  </soap:Body>
</soap:Envelope>`;
const booking = {
  object: "booking",
  id: "BKNG-Q8T2ZC4M6RVA",
  form_submission: { name: "Zoë", guests: [] },
  price: 12.5,
};

/** @type {[name: string, type: string, body: string | Buffer, headers?: Record<string, string>, path?: string][]} */
export const BODIES = [
  ["JSON", JSON_TYPE, JSON.stringify(booking)],
  ["one line of a megabyte", "text/plain", LINE],
  ["one value of a megabyte", JSON_TYPE, JSON.stringify({ a: LINE })],
  ["big integers", JSON_TYPE, '{"id":154284075601887489,"huge":36893488147419103233,"price":12.0,"e":1e400,"-":-0}'],
  ["a number of a thousand digits", JSON_TYPE, `{"n":${"9".repeat(1_000)}}`],
  ["deep JSON", JSON_TYPE, `${'{"a":'.repeat(60)}1${"}".repeat(60)}`],
  [
    "a long list",
    JSON_TYPE,
    JSON.stringify(Array.from({ length: 3_000 }, (_, n) => ({ n, on: n % 2 === 0, no: null }))),
  ],
  ["a long name", JSON_TYPE, JSON.stringify({ ["k".repeat(3_000)]: 1 })],
  ["a name that stands twice", JSON_TYPE, '{"a":1,"b":2,"a":3,"":4,"__proto__":5}'],
  ["JSON that is broken off", JSON_TYPE, '{"guest":{"name":"Zoë","notes":["By the window'],
  ["right to left", JSON_TYPE, JSON.stringify({ guest: GUEST, note: `${FAMILY} שלום`, at: "2026-05-12T09:30:00Z" })],
  [
    "text that misleads",
    "text/plain",
    "user\u202egnp.exe\u202c pay\u200bpal \u001b[31mred Z\u0335\u0321\u0358a\u0338l\u0336go\n\ttab\r\n",
  ],
  ["lines of JSON", "application/x-ndjson", `${JSON.stringify(booking)}\n`.repeat(40)],
  [
    "a form",
    "application/x-www-form-urlencoded",
    "guest=Marta+Lindqvist&note=By+the+window&guests=2&empty=&list[]=1&list[]=2",
  ],
  ["a form without a break", "application/x-www-form-urlencoded", `a=1&${"b".repeat(2_000)}=${"c".repeat(2_000)}`],
  [
    "parts with files",
    MULTIPART,
    multipart([
      [[field("note")], "By the window, if it rains."],
      [[field("list", '; filename="guests.csv"'), "content-type: text/csv"], "a,b\n1,2\n"],
      [[field("photo", '; filename="../../photo of the lobby.png"'), "content-type: image/png"], png(320, 120)],
      [[field("raw", `; filename="${"long".repeat(60)}.bin"`)], Buffer.from([0, 1, 2, 255])],
    ]),
  ],
  ["sixty parts", MULTIPART, multipart(Array.from({ length: 60 }, (_, n) => [[field(`field_${n}`)], `value ${n}`]))],
  ["parts without their end", MULTIPART, `--${BOUNDARY}\r\n${field("note")}\r\n\r\nBy the`],
  ["XML", "application/xml", `<a>${"<b/>".repeat(2_000)}</a>`],
  ["SOAP", "application/soap+xml; charset=utf-8", soap],
  [
    "HTML",
    "text/html",
    `<!doctype html><style>*{position:fixed;width:9999px}</style><h1>Hello</h1><script>alert(1)</script>${"<p>".repeat(300)}`,
  ],
  ["gzip", JSON_TYPE, gzipSync(JSON.stringify(booking)), { "content-encoding": "gzip" }],
  ["deflate", "text/plain", deflateSync("Packed another way. ".repeat(50)), { "content-encoding": "deflate" }],
  ["brotli", "text/plain", brotliCompressSync("Packed in a way that no page unpacks."), { "content-encoding": "br" }],
  ["gzip that is none", JSON_TYPE, '{"packed":false}', { "content-encoding": "gzip" }],
  ["a picture", "image/png", png(2_000, 900)],
  ["a picture of one line", "image/png", png(1, 3_000)],
  [
    "a picture as markup",
    "image/svg+xml",
    `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><path d="${"M0 0 ".repeat(400)}"/></svg>`,
  ],
  ["a picture that is none", "image/jpeg", "%PDF-1.7\n%âãÏÓ\n1 0 obj\n"],
  ["latin-1", "text/plain; charset=iso-8859-1", Buffer.from("caf\xe9 ".repeat(200), "latin1")],
  ["UTF-16", "text/plain; charset=utf-16", utf16("Guten Tag, Zoë. ".repeat(40))],
  ["Shift_JIS", "text/plain; charset=shift_jis", Buffer.from("8365835883670a8365835883670a", "hex")],
  ["a charset that is none", "text/plain; charset=klingon", "By the window."],
  ["bytes", "application/octet-stream", Buffer.from(Array.from({ length: 3_000 }, (_, at) => at % 256))],
  ["a table", "text/csv", `${"guest,starts,room,".repeat(30)}\n`.repeat(60)],
  ["a token", "application/jwt", `${"eyJ".repeat(300)}.${"eyJ".repeat(600)}.${"sig_".repeat(60)}`],
  ["five hundred lines", "text/plain", Array.from({ length: 500 }, (_, n) => `${n}\tline`).join("\n")],
  ["nothing", "text/plain", ""],
  [
    "many headers",
    "text/plain",
    "x",
    Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`x-header-${n}`, "h".repeat(120)])),
  ],
  [
    "a long path and query",
    "text/plain",
    "x",
    {},
    `/${"deep/".repeat(40)}?q=${"v".repeat(500)}&${"n".repeat(300)}&to=%3Cb%3E`,
  ],
];

/** Sends each to the inbox; gives the ids of what was captured, in their order. */
export async function postAll(server, inbox) {
  const ids = [];
  for (const [name, type, body, headers, path = ""] of BODIES) {
    const answer = await fetch(`${inbox.url}${path}`, {
      method: "POST",
      body,
      headers: { "content-type": type, ...headers },
    });
    if (answer.status !== 200) throw new Error(`${name}: the inbox answered ${answer.status}`);
    const { data } = await server.call("GET", `inboxes/${inbox.id}/requests?limit=1`);
    ids.push(data[0].id);
  }
  return ids;
}

/** Of the body of that name. */
export const indexOf = (name) => BODIES.findIndex(([given]) => given === name);
