// The top bar: the mark, the nouns, and the connection's state in words. On a phone the nouns stand at the foot.
import {
  Activity,
  CalendarCheck,
  Inbox,
  Keyboard,
  type LucideIcon,
  Moon,
  Send,
  Sun,
  Webhook,
  Zap,
} from "lucide-preact";
import { session } from "../state/account";
import { sheet } from "../state/keys";
import { isDark, setTheme } from "../state/theme";
import { AccountMenu } from "./AccountMenu";
import { ConnectionState } from "./ConnectionState";
import { BellMark } from "./Mark";

const nouns: readonly { key: string; word: string; icon: LucideIcon }[] = [
  { key: "deliveries", word: "Deliveries", icon: Send },
  { key: "events", word: "Events", icon: Zap },
  { key: "webhooks", word: "Webhooks", icon: Webhook },
  { key: "inboxes", word: "Inboxes", icon: Inbox },
  { key: "bookings", word: "Bookings", icon: CalendarCheck },
];

export function TopBar({ screen }: { screen: string }) {
  const shown = session.value?.operator ? [...nouns, { key: "operator", word: "Operator", icon: Activity }] : nouns;
  const dark = isDark();
  const ThemeIcon = dark ? Sun : Moon;
  return (
    <header class="top">
      <a class="brand" href="#/deliveries">
        <BellMark />
        <span>Deskbell</span>
      </a>
      <nav aria-label="Main">
        {shown.map(({ key, word, icon: Icon }) => (
          <a
            key={key}
            href={`#/${key}`}
            aria-current={screen === key ? "page" : undefined}
            class={key === "operator" ? "apart" : undefined}
            data-test={`nav-${key}`}
          >
            <Icon size={20} aria-hidden="true" />
            <span>{word}</span>
          </a>
        ))}
      </nav>
      <div class="top-right">
        <ConnectionState />
        <button
          type="button"
          class="icon-button keys-button"
          aria-label="Keys"
          title="Keys"
          onClick={() => (sheet.value = true)}
        >
          <Keyboard size={16} aria-hidden="true" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={dark ? "Light theme" : "Dark theme"}
          title={dark ? "Light theme" : "Dark theme"}
          onClick={() => setTheme(dark ? "light" : "dark")}
          data-test="theme"
        >
          <ThemeIcon size={16} aria-hidden="true" />
        </button>
        <AccountMenu />
      </div>
    </header>
  );
}
