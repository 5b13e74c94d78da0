// The frame: top bar, the screen that the address names, and the sheet of keys.

import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Fault } from "./components/Button";
import { KeySheet } from "./components/KeySheet";
import { TopBar } from "./components/TopBar";
import { NotHere } from "./screens/NotHere";
import { type Screen, screens } from "./screens/screens";
import { route } from "./state/route";

export function App() {
  const name = route.value.screen;
  // Own entries only: `#/constructor` names no screen.
  const found = Object.hasOwn(screens, name) ? screens[name] : undefined;
  useEffect(() => {
    document.title = found ? `${found.title} · Deskbell` : "Deskbell";
  }, [found]);
  return (
    <div class="frame">
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a place of this page, only not by the address. */}
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <TopBar screen={name} />
      <main id="main" tabIndex={-1}>
        {found ? <Shown key={name} entry={found} /> : <NotHere />}
      </main>
      <KeySheet />
    </div>
  );
}

/** The screen, fetched first if it has to be. */
function Shown({ entry }: { entry: Screen }) {
  const [screen, show] = useState<{ screen: FunctionComponent } | null>("screen" in entry ? entry : null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    if ("fetch" in entry) void entry.fetch().then((fetched) => show({ screen: fetched }), setError);
  }, []);
  if (screen) return <screen.screen />;
  if (!error)
    return (
      <p class="empty" role="status">
        Opening {entry.title.toLowerCase()}
      </p>
    );
  return (
    <div class="reading">
      <Fault error="This screen could not be fetched.">
        Deskbell may have been stopped, or replaced by a newer one.{" "}
        <button type="button" class="link" onClick={() => location.reload()}>
          Load the page again
        </button>
      </Fault>
    </div>
  );
}

/** The hash is ours: the link moves the focus, not the address. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
