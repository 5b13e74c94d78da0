// What the whole script comes to: on which try it is delivered, and how long after the event.
import type { Advice } from "../../api/objects";
import { duration, spell } from "../../words/time";

const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

export function ScriptSum({ advice }: { advice: readonly (Advice | undefined)[] }) {
  const all = advice.filter((one) => one !== undefined);
  if (all.length === 0 || all.length < advice.length) return null;
  const off = all.findIndex((one) => one.next === "disable");
  const won = all.findIndex((one) => one.next === "done");
  const lost = won < 0 ? (off < 0 ? all.length : off + 1) : won;
  const seconds = all.slice(0, lost).reduce((sum, one) => sum + Math.max(one.wait_ms ?? 0, one.rest_ms ?? 0) / 1000, 0);
  const sentence =
    off >= 0 && (won < 0 || off < won)
      ? "The webhook is turned off"
      : won < 0
        ? "Never delivered: we try until the schedule is used up"
        : `Delivered on the ${ORDINALS[won] ?? `${won + 1}th`} try`;
  return (
    <div class="script-sum" data-test="script-sum">
      <p>
        <span class="ladder" aria-hidden="true">
          {all.slice(0, lost).map((_, index) => (
            <span key={index} class="rung cross" />
          ))}
          {won >= 0 && <span class="rung done" />}
        </span>{" "}
        <b>{sentence}</b>
      </p>
      {won > 0 && (
        <p class="second">About {seconds < 60 ? duration(seconds * 1000) : spell(seconds)} after the event.</p>
      )}
    </div>
  );
}
