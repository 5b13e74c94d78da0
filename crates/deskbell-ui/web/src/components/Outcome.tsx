// Icon, word and colour together: what became of a delivery or a try.
import { Ban, CircleCheck, CirclePause, CircleSlash, CircleX, Clock, RotateCw, Send } from "lucide-preact";
import type { Mark, Verdict } from "../words/outcome";

const icons = {
  delivered: CircleCheck,
  sending: Send,
  due: Clock,
  again: RotateCw,
  over: CircleX,
  paused: CirclePause,
  off: CircleSlash,
  blocked: Ban,
} satisfies Record<Mark, unknown>;

export function MarkIcon({ mark, size = 15 }: { mark: Mark; size?: number }) {
  const Icon = icons[mark];
  return <Icon size={size} aria-hidden="true" />;
}

export function Outcome({ verdict }: { verdict: Verdict }) {
  return (
    <span class={`outcome ${verdict.tone}`} data-test="outcome">
      <MarkIcon mark={verdict.mark} />
      <span>{verdict.word}</span>
    </span>
  );
}

/** `booking.` quiet, `scheduled` strong: the eye finds the verb. */
export function Trigger({ type }: { type: string }) {
  const dot = type.indexOf(".") + 1;
  return (
    <span class="trigger">
      {type.slice(0, dot)}
      <b>{type.slice(dot)}</b>
    </span>
  );
}
