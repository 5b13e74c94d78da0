// Webhooks: the list, or the one that the address names.
import { route } from "../../state/route";
import { WebhookList } from "./WebhookList";
import { WebhookPage } from "./WebhookPage";
import "../../styles/webhooks.css";

export function WebhooksScreen() {
  const id = route.value.parts[0];
  return id ? <WebhookPage key={id} id={id} /> : <WebhookList />;
}
