// Deliveries: the list and, beside it, both sides of the one that is open.
import { useEffect, useState } from "preact/hooks";
import { Deliveries } from "../../state/deliveries";
import { useStore } from "../../state/follow";
import { bind } from "../../state/keys";
import { go, route } from "../../state/route";
import { StartScreen } from "../start/StartScreen";
import { DeliveryDetail } from "./DeliveryDetail";
import { DeliveryList } from "./DeliveryList";
import { asked, isStand, place } from "./place";

export function DeliveriesScreen() {
  const { parts, query } = route.value;
  const open = parts[0] ?? null;
  const search = query.get("q") ?? "";
  const given = query.get("stand");
  const stand = isStand(given) ? given : "all";
  const list = useStore(() => new Deliveries(asked(search, stand)));

  useEffect(() => void list.search(asked(search, stand)), [list, search, stand]);
  useEffect(() => {
    const step = (by: number) => {
      const ids = list.ids.peek();
      const at = open ? ids.indexOf(open) : -1;
      const next = ids[at < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, at + by))];
      if (next) go(place(next, search, stand), true);
    };
    return bind({
      j: () => step(1),
      k: () => step(-1),
      n: () => list.show(),
      Escape: open ? () => go(place(null, search, stand)) : undefined,
      w: open ? () => go(`#/why?delivery=${open}`) : undefined,
    });
  }, [list, open, search, stand]);

  // Nothing was ever delivered: the page begins by working.
  const nothing =
    !open && !search && stand === "all" && list.rows.value.length === 0 && !list.loading.value && !list.error.value;
  const [starting, start] = useState(false);
  useEffect(() => {
    if (nothing) start(true);
  }, [nothing]);
  if (starting && !open && !search && stand === "all") return <StartScreen onLeave={() => start(false)} />;

  return (
    <div class={open ? "split open" : "split"} data-test="deliveries">
      <section class="pane-list" aria-label="Deliveries">
        <DeliveryList
          list={list}
          search={search}
          stand={stand}
          open={open}
          onSearch={(next) => go(place(open, next, stand))}
          onStand={(next) => go(place(open, search, next))}
        />
      </section>
      <section class="pane-detail" aria-label="The delivery">
        {open ? (
          <DeliveryDetail
            key={open}
            id={open}
            list={list}
            back={place(null, search, stand)}
            search={search}
            onSearch={(next) => go(place(open, next, stand))}
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
