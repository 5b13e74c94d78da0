// What this account keeps of events, and what it may.
import { get } from "../../api/client";
import type { Account } from "../../api/objects";
import { Fault } from "../../components/Button";
import { useOnce } from "../../state/follow";
import { isNear, kept } from "../../words/figures";

export function Quota() {
  const account = useOnce(() => get<Account>("account"));
  const found = account.answer.value;
  const quota = found?.events_quota_bytes ?? null;
  const percent = found && quota ? (found.events_kept_bytes / quota) * 100 : null;
  return (
    <section class="card side" aria-labelledby="quota-title" data-test="quota">
      <h2 id="quota-title">Events kept</h2>
      {found && <p class={isNear(percent) ? "wait number" : "number"}>{kept(found.events_kept_bytes, quota)}</p>}
      <p class="quiet small">
        {quota == null
          ? "Compressed, without deliveries and attempts. There is no quota."
          : "Compressed, without deliveries and attempts. An event that does not fit is refused until older ones are deleted."}
      </p>
      <Fault error={account.error.value} />
    </section>
  );
}
