// One webhook in the list: its name and address, its state in words, the last 24 hours, and two figures.
import { get } from "../../api/client";
import type { Attempt, Health, List, Webhook } from "../../api/objects";
import { HealthMark } from "../../components/HealthMark";
import { Sparkline } from "../../components/Sparkline";
import { inboxAt } from "../../state/account";
import { useOnce } from "../../state/follow";
import { to } from "../../state/route";
import { shorten, visible } from "../../words/bytes";
import { cause } from "../../words/cause";
import { atMost } from "../../words/figures";
import { afterWord, percent } from "../../words/health";

/** @param look ask for its last failure, to say the cause. */
export function WebhookRow({ webhook, health, look }: { webhook: Webhook; health: Health | undefined; look: boolean }) {
  const inbox = inboxAt(webhook.url);
  return (
    <a class="hook-row" href={to(["webhooks", webhook.id])} data-test="webhook" data-id={webhook.id}>
      <span class="hook-name">
        <b>
          <bdi>{visible(webhook.name)}</bdi>
        </b>
        {inbox && <span class="tag">inbox</span>}
      </span>
      <span class="hook-url mono quiet" title={webhook.url}>
        <bdi>{shorten(visible(webhook.url), 46)}</bdi>
      </span>
      <span class="hook-state">{health && <HealthMark state={health.state} />}</span>
      <span class="hook-sentence second small cut" title={health?.sentence}>
        {look && <LastFailure webhook={webhook.id} />}
        {health ? afterWord(health) : "Asking how it does"}
      </span>
      {health && (
        <span class={isBlank(health) ? "hook-spark none" : "hook-spark"}>
          <Sparkline quarters={health.quarters} />
        </span>
      )}
      <Figure
        className="hook-share"
        label="Delivered"
        value={health?.success_share == null ? null : `${percent(health.success_share)} %`}
      />
      <Figure
        className="hook-p95"
        label="Answer time, p95"
        value={health?.p95_ms == null ? null : atMost(health.p95_ms)}
      />
    </a>
  );
}

/** The last thing that went wrong, with its particulars. */
function LastFailure({ webhook }: { webhook: string }) {
  const asked = useOnce(() => get<List<Attempt>>("attempts", { webhook, limit: 1 }), [webhook]);
  const last = asked.answer.value?.data[0];
  // That a 410 turned it off, its sentence says already.
  if (!last || last.outcome === "delivered" || last.response?.status_code === 410) return null;
  return (
    <b class="foreign" data-test="last-failure">
      {visible(cause(last))}.{" "}
    </b>
  );
}

const isBlank = ({ quarters }: Health): boolean => quarters.every(({ attempts }) => attempts === 0);

function Figure({ className, label, value }: { className: string; label: string; value: string | null }) {
  return (
    <span class={`${className} number${value === null ? " none" : ""}`}>
      <span class="readers">
        {label}: {value === null && "none yet"}
      </span>
      {value ?? (
        <span class="quiet" aria-hidden="true">
          –
        </span>
      )}
    </span>
  );
}
