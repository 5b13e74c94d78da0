// How the instance does, asked every ten seconds while somebody looks: this is not on the stream.
import { signal } from "@preact/signals";
import { get } from "../api/client";

export interface Step {
  /** When it ended. */
  time: string;
  accepted: number;
  delivered: number;
  attempts: Readonly<Record<string, number>>;
  oldest_due_seconds: number | null;
  p95_ms: number | null;
}

export interface Spread {
  median_us: number | null;
  p99_us: number | null;
}

/** The answer of `GET /v2/operator`. */
export interface Operator {
  object: "operator";
  headline: string;
  ill: readonly {
    webhook: string;
    account: string;
    name: string;
    state: string;
    since: string | null;
    sentence: string;
  }[];
  slow: readonly { webhook: string; account: string; name: string; p95_ms: number }[];
  webhooks: number;
  resting: number;
  queued: number;
  in_flight: number;
  oldest_due_seconds: number | null;
  first_attempt_wait: Spread;
  commit: Spread;
  storage: { database_bytes: number; tester_bytes: number; free_bytes: number | null };
  step_seconds: number;
  series: readonly Step[];
  uptime_seconds: number;
  version: string;
  metrics: string | null;
}

const EVERY = 10_000;

export class Instance {
  readonly state = signal<Operator | null>(null);
  readonly error = signal<unknown>(null);
  /** When it was asked last. */
  readonly asked = signal<number | null>(null);

  /** Asks from now on, never while the page is hidden; returns how to stop. */
  watch(): () => void {
    let timer: number | undefined;
    let stopped = false;
    const next = async () => {
      clearTimeout(timer);
      if (stopped || document.hidden) return;
      await this.ask();
      if (!stopped) timer = window.setTimeout(next, EVERY);
    };
    const turn = () => document.hidden || void next();
    document.addEventListener("visibilitychange", turn);
    void next();
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", turn);
    };
  }

  async ask(): Promise<void> {
    try {
      this.state.value = await get<Operator>("operator");
      this.error.value = null;
      this.asked.value = Date.now();
    } catch (error) {
      this.error.value = error;
    }
  }
}
