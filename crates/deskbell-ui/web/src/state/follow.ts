// Joins a store to whoever shows it: load, follow, let go.
import { useEffect, useMemo } from "preact/hooks";
import { onMissed, onNews } from "./live";
import { Once, type Store } from "./store";

/** Follows from now on; returns how to let go. It hears before it reads, so that nothing happens in between. */
export function follow(store: Store<unknown>): () => void {
  const stops = [onNews((news) => store.hear(news)), onMissed(() => store.missed())];
  void store.load();
  return () => {
    for (const stop of stops) stop();
    store.stop();
  };
}

/** The store of a screen, followed while it is shown. Another one for other `inputs`; none where there is nothing to follow. */
export function useStore<S extends Store<unknown> | null>(make: () => S, inputs: readonly unknown[] = []): S {
  const store = useMemo(make, inputs);
  useEffect(() => (store ? follow(store) : undefined), [store]);
  return store;
}

/** One answer for a screen, asked for anew when `inputs` are others. */
export const useOnce = <T>(question: (signal: AbortSignal) => Promise<T>, inputs: readonly unknown[] = []): Once<T> =>
  useStore(() => new Once(question), inputs);
