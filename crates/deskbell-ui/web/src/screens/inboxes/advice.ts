// The coach's advice on each step, asked of the server while the step is typed: the policy is the engine's own.
import { useEffect, useState } from "preact/hooks";
import { post } from "../../api/client";
import type { Step } from "./Script";

export interface Advice {
  outcome: string;
  next: "done" | "retry" | "give_up" | "disable";
  wait_ms: number | null;
  rests_webhook: boolean;
  rest_ms: number | null;
  tone: "good" | "wait" | "bad";
  sentence: string;
  reason: string | null;
}

/** Steps that ask the same have one answer. */
const known = new Map<string, Promise<Advice>>();

function ask({ status, delay_ms, headers }: Step): Promise<Advice> {
  const question = JSON.stringify({ status, delay_ms, headers });
  let answer = known.get(question);
  if (!answer) {
    answer = post<Advice>("coach", { status, delay_ms, headers });
    answer.catch(() => known.delete(question));
    known.set(question, answer);
  }
  return answer;
}

/** Advice by step; nothing yet for one that is still being asked about, or that is no answer at all. */
export function useAdvice(steps: readonly Step[]): readonly (Advice | undefined)[] {
  const [advice, setAdvice] = useState<readonly (Advice | undefined)[]>([]);
  const question = JSON.stringify(steps.map(({ status, delay_ms, headers }) => [status, delay_ms, headers]));
  useEffect(() => {
    let current = true;
    // Whoever types a code passes through others: wait for the end of the word.
    const timer = setTimeout(() => {
      void Promise.all(steps.map((step) => ask(step).catch(() => undefined))).then((all) => current && setAdvice(all));
    }, 150);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [question]);
  return advice;
}
