// What a component shows, as text, without a page. One that holds a state needs `vi.mock("preact/hooks", () => import("../fake/hooks"))`.
// Imported before what it draws: that looks at the address as it is loaded.
import type { ComponentChildren, FunctionComponent, VNode } from "preact";
import { vi } from "vitest";

vi.stubGlobal("location", new URL("https://desk.example/#/"));
vi.stubGlobal("addEventListener", () => undefined);

/** The page's buttons and links that were drawn, and all words in their order. */
export interface Drawn {
  text: string;
  /** The properties of whatever has that `data-test`. */
  found: (test: string) => Record<string, unknown> | undefined;
}

export function drawn(children: ComponentChildren): Drawn {
  const words: string[] = [];
  const props = new Map<string, Record<string, unknown>>();
  walk(children, words, props);
  return { text: words.join("").replace(/\s+/g, " ").trim(), found: (test) => props.get(test) };
}

function walk(node: ComponentChildren, words: string[], props: Map<string, Record<string, unknown>>): void {
  if (Array.isArray(node)) for (const one of node) walk(one, words, props);
  else if (typeof node === "string" || typeof node === "number") words.push(String(node));
  else if (typeof node === "object" && node && "type" in node) {
    const { type, props: given } = node as VNode<Record<string, unknown>>;
    if (typeof type === "function") {
      const component = type as FunctionComponent;
      // A picture says nothing; those of the library are the only ones that name themselves.
      if (!component.displayName) walk(component(given), words, props);
      return;
    }
    const test = given["data-test"];
    if (typeof test === "string") props.set(test, given);
    walk(given.children as ComponentChildren, words, props);
    // What stands in another element is another word.
    words.push(" ");
  }
}
