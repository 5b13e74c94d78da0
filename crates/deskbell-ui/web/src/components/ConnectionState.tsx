// The connection's state in words: live, asking, catching up, behind, offline, paused by you. What changes every second stands
// beside the status, so that no screen reader speaks every second.

import { now } from "../state/clock";
import { connection, paused, waiting } from "../state/live";
import { shortClock, spell } from "../words/time";

export function ConnectionState() {
  const state = connection.value;
  const [tone, word, more] = (() => {
    // Who holds arrivals back is still told that there are none to be held.
    if (paused.value && state.state !== "offline" && state.state !== "connecting")
      return ["paused", "Paused by you", waiting.value ? `${waiting.value} waiting` : ""];
    switch (state.state) {
      case "connecting":
        return ["busy", "Connecting", ""];
      case "live":
        return ["live", "Live", "event stream"];
      case "polling":
        return ["live", "Live", `asking every ${state.every / 1000} s`];
      case "catching-up":
        return ["busy", "Catching up", state.soFar ? `${state.soFar} so far` : ""];
      case "behind":
        return ["busy", "Behind", `by ${spell(state.ms / 1000)}`];
      case "offline":
        return [
          "lost",
          `Offline since ${shortClock(state.since)}`,
          `trying again in ${spell(Math.max(0, (state.retryAt - now.value) / 1000))}${paused.value ? ", paused by you" : ""}`,
        ];
    }
  })();
  return (
    <button
      type="button"
      class={`connection ${tone}`}
      aria-pressed={paused.value}
      title={paused.value ? "Let arrivals in" : "Hold arrivals back"}
      onClick={() => (paused.value = !paused.value)}
      data-test="connection"
      data-state={state.state}
    >
      <i aria-hidden="true" />
      <b role="status">{word}</b>
      {more && <span class="quiet">{more}</span>}
    </button>
  );
}
