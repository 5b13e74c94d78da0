// Five hundred ways to run a script through text that is shown as markup (catalogue H-01), made of what runs, how it is begun
// and how the text around it is left. Each sets `window.__xss`.
const CALL = "window.__xss=1";

/** What runs as markup, once it stands in a page. */
const elements = [
  (call) => `<script>${call}</script>`,
  (call) => `<img src=x onerror=${call}>`,
  (call) => `<svg onload=${call}>`,
  (call) => `<svg><script>${call}</script></svg>`,
  (call) => `<svg><animate onbegin=${call} attributeName=x dur=1s>`,
  (call) => `<body onload=${call}>`,
  (call) => `<iframe srcdoc="<script>parent.${call}</script>"></iframe>`,
  (call) => `<iframe src="javascript:parent.${call}"></iframe>`,
  (call) => `<details open ontoggle=${call}>x</details>`,
  (call) => `<input autofocus onfocus=${call}>`,
  (call) => `<video><source onerror=${call}></video>`,
  (call) => `<audio src=x onerror=${call}>`,
  (call) => `<object data="javascript:${call}"></object>`,
  (call) => `<embed src="javascript:${call}">`,
  (call) => `<a href="javascript:${call}">press</a>`,
  (call) => `<form action="javascript:${call}"><button>press</button></form>`,
  (call) => `<meta http-equiv=refresh content="0;url=javascript:${call}">`,
  (call) => `<base href="javascript:${call}//">`,
  (call) => `<link rel=stylesheet href="data:text/css,*{background:url(javascript:${call})}">`,
  (call) => `<style>@import 'javascript:${call}';</style>`,
  (call) => `<math><mtext><table><mglyph><style><img src=x onerror=${call}>`,
  (call) => `<template><img src=x onerror=${call}></template>`,
  (call) => `<div style="animation:x" onanimationstart=${call}>x</div>`,
  (call) => `<marquee onstart=${call}>x</marquee>`,
  (call) => `<form id=body><img name=appendChild src=x onerror=${call}></form>`,
];

/** How the text around it is left: nothing, attributes, elements, comments, scripts. */
const exits = ["", `">`, `'>`, "`>", `--></title></textarea></style></script>`];

/** How filters and parsers are misled. */
const disguises = [
  (text) => text,
  (text) =>
    text.replace(
      /<(\w+)/g,
      (_, name) => `<${[...name].map((letter, at) => (at % 2 ? letter : letter.toUpperCase())).join("")}`,
    ),
  (text) => text.replace(/<(\w+)([ >])/g, "<$1/$2"),
  (text) => text.replaceAll("<", "&lt;"),
];

/** Five hundred: every element by every exit by every disguise. */
export const payloads = elements.flatMap((element) =>
  exits.flatMap((exit) => disguises.map((disguise) => exit + disguise(element(CALL)))),
);

/** Names that reach into objects instead of markup (H-06). */
export const clobbering = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "length",
  "then",
  "innerHTML",
  "dangerouslySetInnerHTML",
  "ref",
  "key",
];

/** Addresses that must not become links (H-07). */
export const links = [
  `javascript:${CALL}`,
  `data:text/html,<script>${CALL}</script>`,
  "https://evil.example/?q=<b>",
  "//evil.example/x",
  "vbscript:x",
  "\u0001javascript:x",
];

/** Text that misleads the eye or the terminal (H-08). */
export const tricks = {
  ansi: "\u001b[2J\u001b[31mred\u001b]0;title\u0007",
  bidi: "user\u202egnp.exe\u202c \u2066hidden\u2069",
  invisible: "pay\u200bpal\u200d\ufeff\u00ad.example",
};

/** The payloads in texts of at most `most` characters, as many as are needed. */
export function packed(most, list = payloads) {
  const texts = [""];
  for (const payload of list) {
    if (texts.at(-1).length + payload.length + 1 > most) texts.push("");
    texts.push(`${texts.pop()}${payload} `.trimStart());
  }
  return texts.filter(Boolean);
}
