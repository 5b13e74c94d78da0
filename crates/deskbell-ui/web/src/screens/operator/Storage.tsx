// Room on the disk: what the database and the tester's captures take, what is left, and what accounts keep of what they may.
import { HardDrive } from "lucide-preact";
import type { Operator } from "../../api/objects";
import { visible } from "../../words/bytes";
import { isNear, kept, size } from "../../words/figures";

/** Less than this share of the disk left is worth a word. */
const LITTLE = 0.1;

export function Storage({ state: { storage, kept: keepers } }: { state: Operator }) {
  const { database_bytes: database, tester_bytes: tester, free_bytes: free } = storage;
  const used = database + tester;
  const isLittle = free != null && free < (used + free) * LITTLE;
  const parts = [
    { word: "Events, deliveries, attempts", bytes: database, look: "first" },
    { word: "Captures of inboxes", bytes: tester, look: "second" },
  ];
  return (
    <section class="card storage" aria-labelledby="storage-title" data-test="storage">
      <header>
        <h2 id="storage-title">Storage</h2>
        <span class={isLittle ? "wait number" : "second number"}>
          {size(used)} used{free != null && `, ${size(free)} free`}
        </span>
      </header>
      <div class="share-bar wide" aria-hidden="true">
        {parts.map(({ look, bytes }) => (
          <i key={look} class={look} style={{ flexGrow: String(Math.max(1, bytes)) }} />
        ))}
      </div>
      <dl>
        {parts.map(({ word, bytes, look }) => (
          <div key={look}>
            <dt class="second">
              <i class={look} aria-hidden="true" />
              {word}
            </dt>
            <dd class="number">{size(bytes)}</dd>
          </div>
        ))}
        {free != null && (
          <div>
            <dt class="second">
              <HardDrive size={13} aria-hidden="true" />
              Free on the disk
            </dt>
            <dd class={isLittle ? "number wait" : "number"}>{size(free)}</dd>
          </div>
        )}
      </dl>
      {isLittle && (
        <p class="second">
          Less than a tenth of the room is left. When the disk is full, new events are refused, and nothing that was
          accepted is lost.
        </p>
      )}
      {keepers.length > 0 && (
        <>
          <h3 class="second">Events of each account, compressed, of what it may keep</h3>
          <dl data-test="kept">
            {keepers.map((one) => (
              <div key={one.account}>
                <dt class="second">
                  <span class="cut" title={visible(one.email)}>
                    <bdi>{visible(one.email)}</bdi>
                  </span>
                </dt>
                <dd class={isNear(one.percent) ? "number wait" : "number"}>
                  {kept(one.bytes, one.quota_bytes)}
                  {one.counting && <small class="quiet"> and more, being counted</small>}
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </section>
  );
}
