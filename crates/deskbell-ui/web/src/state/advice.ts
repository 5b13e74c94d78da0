// The coach's advice on answers, asked of the server: the policy is the engine's own, with the settings in force.
import { useEffect, useState } from "preact/hooks";
import { post } from "../api/client";
import type { Advice, PlannedAnswer } from "../api/objects";

/** Answers that ask the same have one advice. */
const known = new Map<string, Promise<Advice>>();

function ask(planned: PlannedAnswer): Promise<Advice> {
  const question = JSON.stringify(planned);
  let answer = known.get(question);
  if (!answer) {
    answer = post<Advice>("coach", planned);
    answer.catch(() => known.delete(question));
    known.set(question, answer);
  }
  return answer;
}

/**
 * Advice by answer; nothing yet for one that is still being asked about, or that is no answer at all.
 *
 * @param pause milliseconds before it is asked: whoever types a code passes through others.
 */
export function useAdvice(answers: readonly PlannedAnswer[], pause = 0): readonly (Advice | undefined)[] {
  const [advice, setAdvice] = useState<readonly (Advice | undefined)[]>([]);
  const question = JSON.stringify(answers);
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      void Promise.all(answers.map((answer) => ask(answer).catch(() => undefined))).then(
        (all) => current && setAdvice(all),
      );
    }, pause);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [question]);
  return advice;
}
