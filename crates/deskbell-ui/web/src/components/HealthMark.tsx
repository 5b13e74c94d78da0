// A webhook's state: icon, word and colour together.
import { CircleCheck, CircleDashed, CirclePause, CircleSlash, CircleX, RotateCw, Snail } from "lucide-preact";
import { type HealthState, isKnown, stateOf } from "../words/health";

const icons = {
  healthy: CircleCheck,
  retrying: RotateCw,
  failing: CircleX,
  resting: Snail,
  paused: CirclePause,
  disabled: CircleSlash,
  idle: CircleDashed,
} satisfies Record<HealthState, unknown>;

export function HealthIcon({ state, size = 15 }: { state: string; size?: number }) {
  const Icon = isKnown(state) ? icons[state] : CircleDashed;
  return <Icon size={size} class={stateOf(state).tone} aria-hidden="true" />;
}

export function HealthMark({ state }: { state: string }) {
  const { word, tone } = stateOf(state);
  return (
    <span class={`outcome ${tone}`} data-test="health" data-state={state}>
      <HealthIcon state={state} />
      <span>{word}</span>
    </span>
  );
}
