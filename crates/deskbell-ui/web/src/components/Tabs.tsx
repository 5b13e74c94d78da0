// Tabs: one line of words, the chosen one underlined; arrow keys move between them (ARIA authoring practices, tabs).
import type { ComponentChildren } from "preact";

export interface Tab<T extends string> {
  key: T;
  word: ComponentChildren;
  count?: number | string | undefined;
}

interface Props<T extends string> {
  label: string;
  tabs: readonly Tab<T>[];
  chosen: T;
  onChoose: (key: T) => void;
  /** `switch`: the three-way switch of the phone. */
  look?: "switch";
  children?: ComponentChildren;
}

export function Tabs<T extends string>({ label, tabs, chosen, onChoose, look, children }: Props<T>) {
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const index = tabs.findIndex((tab) => tab.key === chosen);
    const next = tabs[(index + step + tabs.length) % tabs.length];
    if (!next) return;
    onChoose(next.key);
    const list = event.currentTarget as HTMLElement;
    requestAnimationFrame(() => list.querySelector<HTMLElement>('[aria-selected="true"]')?.focus());
  };
  return (
    <div class={look === "switch" ? "switch" : "tabs"}>
      <div role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.key}
            type="button"
            role="tab"
            aria-selected={tab.key === chosen}
            tabIndex={tab.key === chosen ? 0 : -1}
            onClick={() => onChoose(tab.key)}
            data-test={`tab-${tab.key}`}
          >
            {tab.word}
            {tab.count !== undefined && <span class="quiet number"> {tab.count}</span>}
          </button>
        ))}
      </div>
      {children}
    </div>
  );
}
