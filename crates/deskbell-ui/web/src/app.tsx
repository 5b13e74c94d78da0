// The frame: top bar, the screen that the address names, and the sheet of keys.
import { useEffect } from "preact/hooks";
import type { FunctionComponent } from "preact";
import { KeySheet } from "./components/KeySheet";
import { TopBar } from "./components/TopBar";
import { NotHere } from "./screens/NotHere";
import { InboxesScreen } from "./screens/inboxes/InboxesScreen";
import { DeliveriesScreen } from "./screens/deliveries/DeliveriesScreen";
import { KeysScreen } from "./screens/keys/KeysScreen";
import { WebhooksScreen } from "./screens/webhooks/WebhooksScreen";
import { StartScreen } from "./screens/start/StartScreen";
import { route } from "./state/route";

/** One entry a noun. */
const screens: Record<string, { title: string; screen: FunctionComponent }> = {
  inboxes: { title: "Inboxes", screen: InboxesScreen },
  start: { title: "Start", screen: StartScreen },
  deliveries: { title: "Deliveries", screen: DeliveriesScreen },
  webhooks: { title: "Webhooks", screen: WebhooksScreen },
  keys: { title: "Keys and account", screen: KeysScreen },
};

export function App() {
  const name = route.value.screen;
  const found = screens[name];
  useEffect(() => {
    document.title = found ? `${found.title} · Deskbell` : "Deskbell";
  }, [found]);
  const Screen = found?.screen ?? NotHere;
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={skip}>Skip to the content</a>
      <TopBar screen={name} />
      <main id="main" tabIndex={-1}>
        <Screen key={name} />
      </main>
      <KeySheet />
    </div>
  );
}

/** The hash is ours: the link moves the focus, not the address. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
