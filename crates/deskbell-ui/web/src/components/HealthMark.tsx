// A webhook's state: icon, word and colour together.
import { CircleCheck, CircleDashed, CirclePause, CircleSlash, RotateCw, Snail } from "lucide-preact";
import { STATES, type HealthState } from "../words/health";

const icons = {
  healthy: CircleCheck,
  retrying: RotateCw,
  resting: Snail,
  paused: CirclePause,
  disabled: CircleSlash,
  idle: CircleDashed,
} satisfies Record<HealthState, unknown>;

export function HealthIcon({ state, size = 15 }: { state: HealthState; size?: number }) {
  const Icon = icons[state];
  return <Icon size={size} class={STATES[state].tone} aria-hidden="true" />;
}

export function HealthMark({ state }: { state: HealthState }) {
  const { word, tone } = STATES[state];
  return (
    <span class={`outcome ${tone}`} data-test="health" data-state={state}>
      <HealthIcon state={state} />
      <span>{word}</span>
    </span>
  );
}
