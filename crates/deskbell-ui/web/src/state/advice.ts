// The coach's advice on answers, asked of the server: the policy is the engine's own, with the settings in force.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post } from "../api/client";
import type { Advice, PlannedAnswer } from "../api/objects";
import { useStore } from "./follow";
import { Store } from "./store";

/** By answer; nothing for one that is no answer at all. */
type Advices = readonly (Advice | undefined)[];

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

export class Coach extends Store<Advices> {
  readonly advice = signal<Advices>([]);

  constructor(
    private answers: readonly PlannedAnswer[],
    private readonly pause: number,
  ) {
    super();
  }

  /** Other answers: the old advice is shown until the new one is there. */
  ask(answers: readonly PlannedAnswer[]): void {
    if (JSON.stringify(answers) === JSON.stringify(this.answers)) return;
    this.answers = answers;
    this.forgetReads();
    this.refreshWithin(this.pause);
  }

  protected override read(): Promise<Advices> {
    return Promise.all(this.answers.map((answer) => ask(answer).catch(() => undefined)));
  }

  protected override keep(advice: Advices): void {
    this.advice.value = advice;
  }

  override missed(): void {}
}

/** @param pause milliseconds before other answers are asked about: whoever types a code passes through others. */
export function useAdvice(answers: readonly PlannedAnswer[], pause = 0): Advices {
  const coach = useStore(() => new Coach(answers, pause));
  useEffect(() => coach.ask(answers), [JSON.stringify(answers)]);
  return coach.advice.value;
}
