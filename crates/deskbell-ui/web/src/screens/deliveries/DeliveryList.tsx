// The list of deliveries: search, the four words for where they stand, the strip with the day and the pill, the rows.

import { ArrowUp, Search } from "lucide-preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button, Fault } from "../../components/Button";
import { Tabs } from "../../components/Tabs";
import { VirtualList } from "../../components/VirtualList";
import { now } from "../../state/clock";
import type { Deliveries } from "../../state/deliveries";
import { useStore } from "../../state/follow";
import { paused, waiting } from "../../state/live";
import { Stands } from "../../state/stands";
import { counted } from "../../words/bytes";
import { dayName, when, zone } from "../../words/time";
import { Bulk } from "./Bulk";
import { DeliveryRow, EventHead, InsideRow, MoreRow } from "./DeliveryRow";
import { type Line, linesOf } from "./lines";
import { asked, isRange, place, RANGES, type Sought, STANDS } from "./place";
import { SearchBox } from "./SearchBox";
import { tokens, withoutToken } from "./search";

interface Props {
  list: Deliveries;
  sought: Sought;
  /** The same, as the API is asked. */
  question: Record<string, string>;
  open: string | null;
  /** Is told the ids in the order in which they are shown. */
  shown: { current: readonly string[] };
  onSought: (change: Partial<Sought>) => void;
}

/** Where somebody has to look. */
const COUNTED_STANDS = ["retrying", "over"] as const;

const wide = matchMedia("(width >= 720px)");

/** In CSS pixels, on a wide window and on a phone. */
const HEIGHTS: Record<Line["kind"], readonly [number, number]> = {
  day: [28, 28],
  event: [47, 51],
  inside: [32, 44],
  more: [30, 44],
  alone: [53, 61],
};

export function DeliveryList({ list, sought, question, open, shown, onSought }: Props) {
  const rows = list.rows.value;
  const [unfolded, unfold] = useState<ReadonlySet<string>>(new Set());
  const today = dayName(now.value, now.value);
  const all = list.all.value;
  const lines = useMemo(() => linesOf(all, open, unfolded, now.peek()), [all, open, unfolded, today]);
  const keys = useMemo(() => lines.map(({ key }) => key), [lines]);
  shown.current = useMemo(() => lines.flatMap((line) => ("row" in line ? [line.row.delivery.id] : [])), [lines]);
  const heights = useCallback((index: number) => HEIGHTS[lines[index]?.kind ?? "alone"][wide.matches ? 0 : 1], [lines]);
  const isHeld = list.held.value.length > 0 || list.uncounted.value;
  const held = isHeld ? counted(list.held.value.length + list.beyond.value, list.uncounted.value) : "";
  const spoken = useSpoken(list);
  const onTop = useCallback((atTop: boolean) => (list.atTop = atTop), [list]);
  useEffect(() => {
    list.holding = paused.value;
  }, [list, paused.value]);
  useEffect(() => {
    waiting.value = held;
    return () => {
      waiting.value = "";
    };
  }, [held]);
  const onEnd = useCallback(() => {
    if (list.more.peek() && !list.loading.peek() && !list.error.peek()) void list.load();
  }, [list]);
  const show = () => {
    list.show();
    document.querySelector(".pane-list .virtual")?.scrollTo({ top: 0 });
  };
  const [topmost, setTopmost] = useState(0);
  const inSight = rows.length > 0 ? createdOf(lines, topmost) : undefined;
  const stands = useStore(
    () =>
      new Stands(Object.fromEntries(COUNTED_STANDS.map((stand) => [stand, asked({ ...sought, stand }, Date.now())]))),
    [sought.search, sought.range],
  );
  const counts = stands.counts.value;
  const tabs = useMemo(() => STANDS.map(({ key, word }) => ({ key, word, count: counts[key] })), [counts]);
  return (
    <>
      <div class="list-head">
        <h1 class="list-title">Deliveries</h1>
        <SearchBox
          search={sought.search}
          onSearch={(search) => onSought({ search })}
          rows={() => list.rows.peek().map((row) => row.peek())}
        />
        <Tabs label="Where they stand" tabs={tabs} chosen={sought.stand} onChoose={(stand) => onSought({ stand })} />
      </div>
      <div class="strip">
        <span data-test="day">{inSight === undefined ? "" : dayName(inSight, now.value)}</span>
        <span class="strip-pill">
          {held && (
            <button type="button" class="new-pill" onClick={show} data-test="new">
              <ArrowUp size={13} strokeWidth={2.5} aria-hidden="true" />
              {held} new
            </button>
          )}
        </span>
        <span class="strip-end">
          <select
            class="range"
            aria-label="From when on"
            value={sought.range}
            onChange={({ currentTarget: { value } }) => onSought({ range: isRange(value) ? value : "all" })}
            data-test="range"
          >
            {RANGES.map(({ key, word }) => (
              <option key={key} value={key}>
                {word}
              </option>
            ))}
          </select>
          <span class="strip-zone">{zone}</span>
        </span>
      </div>
      <p class="readers" role="status" aria-live="polite">
        {spoken}
      </p>
      <VirtualList
        label="Deliveries, newest first"
        keys={keys}
        height={heights}
        follow={open}
        onTop={onTop}
        onEnd={onEnd}
        onFirst={setTopmost}
        render={(index) => {
          const line = lines[index];
          switch (line?.kind) {
            case "day":
              return <p class="day-line">{line.name}</p>;
            case "event":
              return <EventHead rows={line.rows} />;
            case "more":
              return <MoreRow rows={line.rows} onUnfold={() => unfold((known) => new Set([...known, line.event]))} />;
            case "inside":
            case "alone": {
              const { id } = line.row.delivery;
              const Shown = line.kind === "inside" ? InsideRow : DeliveryRow;
              return <Shown row={line.row} href={place(id, sought)} current={id === open} />;
            }
          }
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
              (list.loading.value || list.more.value ? (
                <p class="empty">{list.more.value ? "Looking further back" : "Loading the deliveries"}</p>
              ) : (
                <Nothing sought={sought} onSought={onSought} />
              ))}
            {list.cut.value && !list.more.value && (
              <p class="list-end quiet small" data-test="cut">
                What happened before {when(Date.parse(list.cut.value), now.value)} was deleted: it was older than it is
                kept.
              </p>
            )}
          </>
        }
      />
      {rows.length > 0 && isAsked(sought) && <Bulk key={JSON.stringify(question)} question={question} />}
    </>
  );
}

/** When what stands there was made, or what stands next below it. */
function createdOf(lines: readonly Line[], from: number): number | undefined {
  for (const line of lines.slice(from, from + 2)) {
    if ("row" in line) return line.row.created;
    if ("rows" in line) return line.rows[0]?.created;
  }
  return undefined;
}

/** Something narrower than everything is looked at, and something of it may not have arrived. */
const isAsked = ({ search, stand }: Sought): boolean => stand !== "delivered" && (search !== "" || stand !== "all");

function Nothing({ sought, onSought }: Pick<Props, "sought" | "onSought">) {
  const { search, stand, range } = sought;
  const parts = tokens(search);
  const drop = parts.at(-1);
  const isAll = stand === "all" && range === "all";
  return (
    <div class="empty" data-test="nothing">
      <Search size={20} aria-hidden="true" />
      <b>{drop ? `Nothing matches ${search}` : isAll ? "No deliveries yet" : "None of them stands here"}</b>
      {!drop && isAll && <p>Ring your inbox, or point a webhook at your handler.</p>}
      {drop ? (
        <Button
          onPress={() => onSought({ search: withoutToken(search, parts.length - 1) })}
        >{`Drop ${drop.text}`}</Button>
      ) : isAll ? (
        <a class="button" href="#/start">
          Ring the inbox
        </a>
      ) : (
        <Button onPress={() => onSought({ stand: "all", range: "all" })}>Show all</Button>
      )}
    </div>
  );
}

/** At most one sentence in five seconds for those who listen. */
function useSpoken(list: Deliveries): string {
  const told = useRef({ at: 0, count: 0, text: "" });
  const total = list.arrived.value;
  useEffect(() => {
    told.current = { at: Date.now(), count: total, text: "" };
  }, [list]);
  const since = now.value - told.current.at;
  if (since > 5000 && total > told.current.count) {
    told.current = { at: now.value, count: total, text: `${total - told.current.count} new` };
  }
  return told.current.text;
}
