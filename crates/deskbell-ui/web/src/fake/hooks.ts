// Preact's hooks for tests, without a page: `vi.mock("preact/hooks", () => import("../fake/hooks"))`. One component, whose effects run
// at each call.

const refs: { current: unknown }[] = [];
let next = 0;

/** Calls the component: the first time when it is `fresh`, else again. */
export function draw(component: () => void, { fresh = false } = {}): void {
  if (fresh) refs.length = 0;
  next = 0;
  component();
}

export function useRef(first: unknown): { current: unknown } {
  const ref = refs[next] ?? { current: first };
  refs[next++] = ref;
  return ref;
}

export const useEffect = (effect: () => unknown): void => void effect();

export const useState = <T>(first: T | (() => T)): [T, () => void] => [
  first instanceof Function ? first() : first,
  () => undefined,
];

export const useMemo = <T>(make: () => T): T => make();
