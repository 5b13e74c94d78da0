// All webhooks with their health, a search by name when there are many, and the way to a new one.

import { Plus, Webhook as WebhookIcon } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Webhook } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { loaded, webhooks } from "../../state/account";
import { useStore } from "../../state/follow";
import { bind } from "../../state/keys";
import { go, route, to } from "../../state/route";
import { Healths, healths } from "../../state/webhooks";
import { count, plural, visible } from "../../words/bytes";
import { EVERY_STATE, type HealthState } from "../../words/health";
import { NewWebhook } from "./NewWebhook";
import { WebhookRow } from "./WebhookRow";

/** The states by what somebody looks for; the ill ones are those that need somebody. */
const ALL = { key: "all", word: "All", states: null };
const STANDS: readonly { key: string; word: string; states: readonly string[] | null }[] = [
  ALL,
  { key: "ill", word: "Ill", states: ["disabled", "resting", "failing", "retrying"] },
  { key: "resting", word: "Resting", states: ["resting"] },
  { key: "off", word: "Off", states: ["disabled"] },
  { key: "paused", word: "Paused", states: ["paused"] },
];

const isOf = (states: readonly string[] | null, state: string | undefined): boolean =>
  states === null || (state !== undefined && states.includes(state));

const isIll = (state: string | undefined): boolean => isOf(["disabled", "resting", "failing", "retrying"], state);

/** Ill first: off, resting, retried, paused; then those that do well, as they were. */
function rankOf(state: string | undefined): number {
  const place = ["disabled", "resting", "failing", "retrying", "paused"].indexOf(state ?? "");
  return place < 0 ? 5 : place;
}

/** Of so many ill ones the last failure is asked for. */
const CAUSES = 12;

/** From this many on, a name is faster typed than found. */
const MANY = 10;

export function WebhookList() {
  const all = webhooks.value;
  const store = useStore(() => new Healths(null));
  const [search, setSearch] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const { query } = route.value;
  const making = query.has("new");
  const needle = search.trim().toLowerCase();
  const given = query.get("state");
  const stand = STANDS.find(({ key }) => key === given) ?? ALL;
  const stateOf = (webhook: Webhook) => healths.value.get(webhook.id)?.state;
  const counts = STANDS.map(({ states }) => all.filter((one) => isOf(states, stateOf(one))).length);
  const shown = all
    .filter(({ name, url }) => !needle || `${name} ${url}`.toLowerCase().includes(needle))
    .filter((one) => isOf(stand.states, stateOf(one)))
    .map((webhook, index) => ({ webhook, index, rank: rankOf(stateOf(webhook)) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ webhook }) => webhook);
  const looked = new Set(shown.filter((one) => isIll(stateOf(one))).slice(0, CAUSES));

  useEffect(() => {
    const step = (by: number) => {
      const rows = [...(list.current?.querySelectorAll<HTMLElement>("a.hook-row") ?? [])];
      const at = rows.indexOf(document.activeElement as HTMLElement);
      rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
    };
    return bind({
      j: () => step(1),
      k: () => step(-1),
      "/": () => document.querySelector<HTMLElement>('[data-test="find"]')?.focus(),
    });
  }, []);

  const create = (
    <Button kind="main" icon={Plus} onPress={() => go(to(["webhooks"], { new: "1" }))} test="new-webhook">
      New webhook
    </Button>
  );
  return (
    <div class="reading" data-test="webhooks">
      <div class="screen-head">
        <div>
          <h1>Webhooks</h1>
          {all.length > 0 && (
            <p class="second" data-test="summary">
              {summary()}
            </p>
          )}
        </div>
        {all.length > 0 && <div class="actions">{create}</div>}
      </div>
      <Fault error={store.error.value}>
        <button type="button" class="link" onClick={() => void store.refresh()}>
          Try again
        </button>
      </Fault>
      {all.length > MANY && (
        <input
          type="search"
          class="input hook-find"
          placeholder="Find by name or URL"
          aria-label="Find a webhook"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
          data-test="find"
        />
      )}
      {counts.some((many, index) => index > 0 && many > 0) && (
        <div class="chips hook-chips" role="group" aria-label="Which of them">
          {STANDS.map(({ key, word }, index) => (
            <a
              key={key}
              class="chip"
              href={to(["webhooks"], { state: key === "all" ? null : key })}
              aria-current={key === stand.key ? "true" : undefined}
              data-test={`state-${key}`}
            >
              {word} <span class="number">{count(counts[index] ?? 0)}</span>
            </a>
          ))}
        </div>
      )}
      {all.length === 0 ? (
        !loaded.value ? (
          <p class="empty">Loading the webhooks</p>
        ) : (
          <Nothing create={create} />
        )
      ) : (
        <div class="card hooks">
          <div class="hooks-head" aria-hidden="true">
            <span>Webhook</span>
            <span>How it does</span>
            <span>Last 24 hours</span>
            <span>Delivered</span>
            <span>p95</span>
          </div>
          <ul ref={list} aria-label="Webhooks, the ill ones first">
            {shown.map((webhook) => (
              <li key={webhook.id}>
                <WebhookRow webhook={webhook} health={healths.value.get(webhook.id)} look={looked.has(webhook)} />
              </li>
            ))}
          </ul>
          {shown.length === 0 && (
            <div class="empty">
              <b>
                {search.trim() ? (
                  <>
                    None is called “<bdi>{visible(search.trim())}</bdi>”
                  </>
                ) : (
                  "None of them stands here"
                )}
              </b>
              <Button
                onPress={() => {
                  setSearch("");
                  go(to(["webhooks"]));
                }}
              >
                Show all
              </Button>
            </div>
          )}
        </div>
      )}
      {making && <NewWebhook url={query.get("url") ?? ""} onClose={() => go(to(["webhooks"]), true)} />}
    </div>
  );
}

function Nothing({ create }: { create: preact.ComponentChildren }) {
  return (
    <div class="card">
      <div class="empty" data-test="no-webhooks">
        <WebhookIcon size={20} aria-hidden="true" />
        <b>No webhooks yet</b>
        <p>
          Start with <a href="#/start">an inbox</a>, or add your own address.
        </p>
        {create}
      </div>
    </div>
  );
}

/** `12 webhooks; one is turned off, 2 are being retried.` */
function summary(): string {
  const all = webhooks.value;
  const saying: Partial<Record<HealthState, string>> = {
    disabled: "turned off",
    resting: "resting",
    retrying: "retrying",
    failing: "failing",
    paused: "paused",
  };
  const states = all.map(({ id }) => healths.value.get(id)?.state);
  const parts = EVERY_STATE.flatMap((state) => {
    const many = states.filter((one) => one === state).length;
    const word = saying[state];
    return many && word ? [`${many === 1 ? "one is" : `${many} are`} ${word}`] : [];
  });
  const known = states.every((state) => state !== undefined);
  const rest = parts.length
    ? `; ${parts.join(", ")}`
    : known
      ? all.length === 1
        ? ", and it does well"
        : ", and none is ill"
      : "";
  return `${plural(all.length, "webhook")}${rest}.`;
}
