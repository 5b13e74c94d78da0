// The search box: tokens, free text, suggestions from real values.

import { Search, X } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Row } from "../../state/deliveries";
import { bind } from "../../state/keys";
import { suggest, tokens, withoutToken } from "./search";

interface Props {
  search: string;
  onSearch: (search: string) => void;
  /** The rows that suggestions are taken from. */
  rows: () => readonly Row[];
}

export function SearchBox({ search, onSearch, rows }: Props) {
  const [text, setText] = useState("");
  const [focus, setFocus] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const field = useRef<HTMLInputElement>(null);
  const parts = tokens(search);
  const offers = focus ? suggest(text, rows()) : [];

  useEffect(() => bind({ "/": () => field.current?.focus() }), []);

  const add = (more: string) => {
    const whole = `${search} ${more}`.trim();
    setText("");
    setChosen(-1);
    onSearch(
      tokens(whole)
        .map((one) => one.text)
        .join(" "),
    );
  };
  const take = (offer: string) => {
    // A key alone still wants its value.
    if (offer.endsWith(":") || offer.endsWith(".")) {
      setText(offer);
      setChosen(-1);
      field.current?.focus();
    } else add(offer);
  };
  const key = (event: KeyboardEvent) => {
    const offer = offers[chosen];
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        if (offers.length === 0) return;
        setChosen(
          (chosen +
            (event.key === "ArrowDown" ? 1 : offers.length + 1) +
            (chosen < 0 && event.key === "ArrowUp" ? -1 : 0)) %
            offers.length,
        );
        break;
      case "Tab": {
        const first = offer ?? (text ? offers[0] : undefined);
        if (!first || event.shiftKey) return;
        take(first.text);
        break;
      }
      case "Enter":
        if (offer) take(offer.text);
        else if (text.trim()) add(text.trim());
        break;
      case "Backspace":
        if (text || parts.length === 0) return;
        onSearch(withoutToken(search, parts.length - 1));
        break;
      case "Escape":
        if (text) setText("");
        else field.current?.blur();
        setChosen(-1);
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="search" role="search">
      {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: who points beside the field means the field. */}
      <div class="search-box" onClick={(event) => event.target === event.currentTarget && field.current?.focus()}>
        <Search size={15} aria-hidden="true" />
        {parts.map((part, index) => (
          <span key={`${index}${part.text}`} class={part.not ? "token not" : "token"} data-test="token">
            <bdi class="mono">
              {part.key !== null && (
                <span class="token-key">
                  {part.not ? "-" : ""}
                  {part.key}:
                </span>
              )}
              {part.key === null && part.not ? "-" : ""}
              {part.value}
            </bdi>
            <button
              type="button"
              aria-label={`Drop ${part.text}`}
              title="Drop"
              onClick={() => onSearch(withoutToken(search, index))}
            >
              <X size={12} aria-hidden="true" />
            </button>
          </span>
        ))}
        <input
          ref={field}
          value={text}
          placeholder="Add a filter"
          aria-label="Search the deliveries"
          role="combobox"
          aria-expanded={offers.length > 0}
          aria-controls="offers"
          aria-activedescendant={chosen >= 0 ? `offer-${chosen}` : undefined}
          aria-autocomplete="list"
          autocomplete="off"
          spellcheck={false}
          autocapitalize="off"
          onInput={(event) => {
            setText(event.currentTarget.value);
            setChosen(-1);
          }}
          onKeyDown={key}
          onFocus={() => setFocus(true)}
          onBlur={() => setFocus(false)}
          data-test="search"
        />
        {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a letter takes no focus. */}
        <kbd aria-hidden="true">{focus ? "Esc" : "/"}</kbd>
      </div>
      {offers.length > 0 && (
        <div class="offers pop">
          <div id="offers" role="listbox" aria-label="Suggestions">
            {offers.map((offer, index) => (
              // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field (ARIA authoring practices, combobox).
              <div
                key={offer.text}
                id={`offer-${index}`}
                role="option"
                aria-selected={index === chosen}
                onPointerDown={(event) => {
                  event.preventDefault();
                  take(offer.text);
                }}
              >
                <bdi class="mono cut">{offer.text}</bdi>
                <span class="quiet number">{offer.count ?? offer.hint}</span>
              </div>
            ))}
          </div>
          <p class="quiet small">
            <span>
              <kbd>↑</kbd> <kbd>↓</kbd> choose <kbd>Tab</kbd> take
            </span>
            <span>put - in front to exclude</span>
          </p>
        </div>
      )}
    </div>
  );
}
