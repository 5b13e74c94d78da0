// The spine between the two panes: each phase of the chosen attempt, on the side of whoever acted, its duration opposite. A phase
// that did not happen is left out; the one that failed ends the solid line; what is to come is dashed.
import type { Attempt, Capture, Delivery } from "../../api/objects";
import { now } from "../../state/clock";
import { at, measured, tenthClock, when } from "../../words/time";

interface Phase {
  word: string;
  /** Who acts: a solid dot for us, a ring for them. */
  side: "us" | "them";
  time: string;
  state?: "bad" | "good" | "next";
}

interface Props {
  attempt: Attempt;
  capture: Capture | undefined;
  delivery: Delivery;
  /** The chosen attempt is the newest one. */
  newest: boolean;
}

export function Spine(props: Props) {
  return (
    <ol class="spine" aria-label="Phases of the attempt" data-test="spine">
      {phases(props).map((phase) => (
        <li key={phase.word} class={`${phase.side} ${phase.state ?? ""}`}>
          {phase.side === "us" ? <b>{phase.word}</b> : <span class="quiet number">{phase.time}</span>}
          <i aria-hidden="true" />
          {phase.side === "us" ? <span class="quiet number">{phase.time}</span> : <b>{phase.word}</b>}
        </li>
      ))}
    </ol>
  );
}

const ms = (us: number | null | undefined): string => (us === null || us === undefined ? "" : measured(us / 1000));

function phases({ attempt, capture, delivery, newest }: Props): Phase[] {
  const { timings, outcome } = attempt;
  const status = attempt.response?.status_code;
  const failed = (...starts: string[]) => starts.some((start) => outcome.startsWith(start));
  const list: Phase[] = [{ word: "signed", side: "us", time: tenthClock(at(attempt.started_time)) }];
  const add = (word: string, side: Phase["side"], time: string, bad = false) =>
    list.push({ word, side, time, ...(bad ? { state: "bad" as const } : {}) });
  if (outcome === "address_blocked") {
    add("blocked", "us", "", true);
    return list;
  }
  if (timings.reused_connection) add("connect, kept", "us", "");
  else {
    if (timings.name_us !== null || failed("dns_")) add("name", "us", ms(timings.name_us), failed("dns_"));
    if (timings.connect_us !== null || failed("connect_", "network_"))
      add("connect", "us", ms(timings.connect_us), failed("connect_", "network_"));
    if (timings.tls_us !== null || failed("tls_")) add("TLS", "us", ms(timings.tls_us), failed("tls_"));
  }
  const out = !failed("dns_", "connect_", "network_", "tls_", "local_", "sender_");
  if (out && failed("write_")) add("sent", "us", "", true);
  else if (out) {
    if (capture) add("received", "them", tenthClock(at(capture.received_time)));
    if (status) add("first byte", "them", ms(timings.head_us));
    if (status)
      list.push({
        word: `answer ${status}`,
        side: "them",
        time: ms(timings.body_us),
        state: outcome === "delivered" ? "good" : "bad",
      });
    else
      add(
        failed("head_timeout", "total_timeout") ? "no answer in time" : "no answer",
        "them",
        ms(timings.total_us),
        true,
      );
  }
  list.push({ word: "recorded", side: "us", time: tenthClock(at(attempt.started_time) + timings.total_us / 1000) });
  if (newest && delivery.next_attempt_time && !delivery.in_flight) {
    list.push({
      word: "next",
      side: "us",
      time: when(at(delivery.next_attempt_time), now.value),
      state: "next",
    });
  }
  return list;
}
