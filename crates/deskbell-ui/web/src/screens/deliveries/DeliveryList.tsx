// The list of deliveries: search, the four words for where they stand, the strip with the day and the pill, the rows.

import { ArrowUp, Search } from "lucide-preact";
import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";
import { Button, Fault } from "../../components/Button";
import { Tabs } from "../../components/Tabs";
import { VirtualList } from "../../components/VirtualList";
import { now } from "../../state/clock";
import type { Deliveries } from "../../state/deliveries";
import { paused, waiting } from "../../state/live";
import { count } from "../../words/bytes";
import { dayName, zone } from "../../words/time";
import { DeliveryRow } from "./DeliveryRow";
import { place, STANDS, type Stand } from "./place";
import { SearchBox } from "./SearchBox";
import { tokens, withoutToken } from "./search";

interface Props {
  list: Deliveries;
  search: string;
  stand: Stand;
  open: string | null;
  onSearch: (search: string) => void;
  onStand: (stand: Stand) => void;
}

const wide = matchMedia("(width >= 720px)");

export function DeliveryList({ list, search, stand, open, onSearch, onStand }: Props) {
  const rows = list.rows.value;
  const keys = list.ids.value;
  const held = list.held.value.length;
  const spoken = useSpoken(list);
  const onTop = useCallback((atTop: boolean) => (list.atTop = atTop), [list]);
  useEffect(() => {
    list.holding = paused.value;
    // Who lets go at the top wants to see what came meanwhile.
    if (!paused.value && list.atTop) list.show();
  }, [list, paused.value]);
  useEffect(() => {
    waiting.value = held;
    return () => {
      waiting.value = 0;
    };
  }, [held]);
  const onEnd = useCallback(() => {
    if (list.more.peek() && !list.loading.peek() && !list.error.peek()) void list.load();
  }, [list]);
  const show = () => {
    list.show();
    document.querySelector(".pane-list .virtual")?.scrollTo({ top: 0 });
  };
  const first = rows[0]?.value.created;
  const tabs = useMemo(() => STANDS.map(({ key, word }) => ({ key, word })), []);
  return (
    <>
      <div class="list-head">
        <h1 class="list-title">Deliveries</h1>
        <SearchBox search={search} onSearch={onSearch} rows={() => list.rows.peek().map((row) => row.peek())} />
        <Tabs label="Where they stand" tabs={tabs} chosen={stand} onChoose={onStand} />
      </div>
      <div class="strip">
        <span>{first === undefined ? "" : dayName(first, now.value)}</span>
        <span class="strip-pill">
          {held > 0 && (
            <button type="button" class="new-pill" onClick={show} data-test="new">
              <ArrowUp size={13} strokeWidth={2.5} aria-hidden="true" />
              {count(held)} new
            </button>
          )}
        </span>
        <span>{zone}</span>
      </div>
      <p class="readers" role="status" aria-live="polite">
        {spoken}
      </p>
      <VirtualList
        label="Deliveries, newest first"
        keys={keys}
        height={wide.matches ? 53 : 61}
        follow={open}
        onTop={onTop}
        onEnd={onEnd}
        render={(index) => {
          const row = rows[index];
          return (
            row && (
              <DeliveryRow
                row={row}
                href={place(row.peek().delivery.id, search, stand)}
                current={row.peek().delivery.id === open}
              />
            )
          );
        }}
        foot={
          <>
            <Fault error={list.error.value}>
              <button type="button" class="link" onClick={() => void list.load()}>
                Try again
              </button>
            </Fault>
            {rows.length === 0 &&
              !list.error.value &&
              (list.loading.value ? (
                <p class="empty">Loading the deliveries</p>
              ) : (
                <Nothing search={search} stand={stand} onSearch={onSearch} onStand={onStand} />
              ))}
          </>
        }
      />
    </>
  );
}

function Nothing({ search, stand, onSearch, onStand }: Pick<Props, "search" | "stand" | "onSearch" | "onStand">) {
  const parts = tokens(search);
  const drop = parts.at(-1);
  return (
    <div class="empty" data-test="nothing">
      <Search size={20} aria-hidden="true" />
      <b>{drop ? `Nothing matches ${search}` : stand === "all" ? "No deliveries yet" : "None of them stands here"}</b>
      {!drop && stand === "all" && <p>Ring your inbox, or point a webhook at your handler.</p>}
      {drop ? (
        <Button onPress={() => onSearch(withoutToken(search, parts.length - 1))}>{`Drop ${drop.text}`}</Button>
      ) : stand === "all" ? (
        <a class="button" href="#/start">
          Ring the inbox
        </a>
      ) : (
        <Button onPress={() => onStand("all")}>Show all</Button>
      )}
    </div>
  );
}

/** At most one sentence in five seconds for those who listen. */
function useSpoken(list: Deliveries): string {
  const told = useRef({ at: 0, count: 0, text: "" });
  const total = list.rows.value.length + list.held.value.length;
  useEffect(() => {
    told.current = { at: Date.now(), count: total, text: "" };
  }, [list]);
  const since = now.value - told.current.at;
  if (since > 5000 && total > told.current.count) {
    told.current = { at: now.value, count: total, text: `${total - told.current.count} new` };
  }
  return told.current.text;
}
