// What the whole script comes to: on which try it is delivered, and how long after the event.
import type { Advice } from "../../api/objects";
import { sumOf } from "../../words/script";
import { duration, spell } from "../../words/time";

export function ScriptSum({ advice }: { advice: readonly (Advice | undefined)[] }) {
  const all = advice.filter((one) => one !== undefined);
  const sum = all.length < advice.length ? null : sumOf(all);
  if (!sum) return null;
  const { sentence, lost, won, seconds } = sum;
  return (
    <div class="script-sum" data-test="script-sum">
      <p>
        <span class="ladder" aria-hidden="true">
          {all.slice(0, lost).map((_, index) => (
            <span key={index} class="rung cross" />
          ))}
          {won && <span class="rung done" />}
        </span>{" "}
        <b>{sentence}</b>
      </p>
      {won && lost > 0 && (
        <p class="second">About {seconds < 60 ? duration(seconds * 1000) : spell(seconds)} after the event.</p>
      )}
    </div>
  );
}
