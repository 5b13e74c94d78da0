// Deliveries: the list and, beside it, both sides of the one that is open.
import { signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Fault } from "../../components/Button";
import { Deliveries } from "../../state/deliveries";
import { useStore } from "../../state/follow";
import { bind } from "../../state/keys";
import { go, route } from "../../state/route";
import { StartScreen } from "../start/StartScreen";
import type { DetailProps } from "./DeliveryDetail";
import { DeliveryList } from "./DeliveryList";
import { asked, isRange, isStand, place, type Sought } from "./place";

const detail = signal<{ DeliveryDetail: FunctionComponent<DetailProps> } | null>(null);
const lost = signal<unknown>(null);

/** Fetched once somebody is about to open one: the list is drawn without it. */
const fetchDetail = () =>
  import("./DeliveryDetail").then(
    (file) => (detail.value = file),
    (error) => (lost.value = error),
  );

function Detail(props: DetailProps) {
  useEffect(() => void (detail.peek() ?? fetchDetail()), []);
  if (detail.value) return <detail.value.DeliveryDetail {...props} />;
  if (lost.value) return <Fault error="This part of the page could not be fetched.">Load the page again.</Fault>;
  return (
    <p class="empty" role="status">
      Loading the delivery
    </p>
  );
}

export function DeliveriesScreen() {
  const { parts, query } = route.value;
  const open = parts[0] ?? null;
  const search = query.get("q") ?? "";
  const [givenStand, givenRange] = [query.get("stand"), query.get("range")];
  const stand = isStand(givenStand) ? givenStand : "all";
  const range = isRange(givenRange) ? givenRange : "all";
  const sought: Sought = { search, stand, range };
  // A range ends now, whenever it was chosen.
  const question = useMemo(() => asked(sought, Date.now()), [search, stand, range]);
  const list = useStore(() => new Deliveries(question));
  /** As the list shows them, what is folded left out. */
  const shown = useRef<readonly string[]>([]);

  // Asked before the page is drawn: drawing takes longer than the way to the server.
  useLayoutEffect(() => void list.search(question), [list, question]);
  useEffect(() => {
    const step = (by: number) => {
      const ids = shown.current;
      const at = open ? ids.indexOf(open) : -1;
      const next = ids[at < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, at + by))];
      if (next) go(place(next, sought), true);
    };
    return bind({
      j: () => step(1),
      k: () => step(-1),
      n: () => list.show(),
      Escape: open ? () => go(place(null, sought)) : undefined,
      w: open ? () => go(`#/why?delivery=${open}`) : undefined,
    });
  }, [list, open, search, stand, range]);

  // Nothing was ever delivered: the page begins by working.
  const nothing =
    !open &&
    !search &&
    stand === "all" &&
    range === "all" &&
    list.rows.value.length === 0 &&
    !list.loading.value &&
    !list.error.value;
  const [starting, start] = useState(false);
  useEffect(() => {
    if (nothing) start(true);
  }, [nothing]);
  if (starting && !open && !search && stand === "all" && range === "all")
    return <StartScreen onLeave={() => start(false)} />;

  return (
    <div class={open ? "split open" : "split"} data-test="deliveries">
      <section
        class="pane-list"
        aria-label="Deliveries"
        onPointerOver={detail.value ? undefined : fetchDetail}
        onFocusIn={detail.value ? undefined : fetchDetail}
      >
        <DeliveryList
          list={list}
          sought={sought}
          question={question}
          open={open}
          shown={shown}
          onSought={(next) => go(place(open, { ...sought, ...next }))}
        />
      </section>
      <section class="pane-detail" aria-label="The delivery">
        {open ? (
          <Detail
            key={open}
            id={open}
            list={list}
            back={place(null, sought)}
            search={search}
            onSearch={(next) => go(place(open, { ...sought, search: next }))}
          />
        ) : (
          <div class="empty">
            <b>Choose a delivery</b>
            <p>
              Its request, its answer and each try stand here. <kbd>j</kbd> and <kbd>k</kbd> move through the list.
            </p>
          </div>
        )}
      </section>
    </div>
  );
}
