// Calls that sent nothing on: what became of each, why, and what comes next.
import { CircleDashed, CircleX, CopyCheck } from "lucide-preact";
import type { Call } from "../../api/objects";
import { Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { Calls } from "../../state/calls";
import { now } from "../../state/clock";
import { useStore } from "../../state/follow";
import { to } from "../../state/route";
import { count, visible } from "../../words/bytes";
import { eventIn, followsFrom, outcomeOf } from "../../words/call";
import { at, when } from "../../words/time";

const ICONS: Record<string, typeof CircleX> = { refused: CircleX, repeated: CopyCheck, to_nobody: CircleDashed };

export function CallsTab() {
  const calls = useStore(() => new Calls());
  const answer = calls.answer.value;
  if (!answer) return calls.error.value ? <Fault error={calls.error.value} /> : <p class="empty">Loading the calls</p>;
  const since = when(at(answer.known_since), now.value);
  return (
    <>
      <Fault error={calls.error.value} />
      {answer.data.length === 0 ? (
        <p class="empty" data-test="no-calls">
          Since {since} this server refused no call of a key, none was repeated, and each event was owed to somebody.
        </p>
      ) : (
        <ul class="calls" data-test="calls">
          {answer.data.map((call) => (
            <CallRow key={call.id} call={call} />
          ))}
        </ul>
      )}
      <p class="quiet lined-foot">
        {answer.data.length > 0 && `This server keeps no calls from before ${since}. `}
        Only calls with a key stand here, and neither their bodies nor secrets. A call without a good key is nobody’s.
      </p>
    </>
  );
}

function CallRow({ call }: { call: Call }) {
  const { word, tone } = outcomeOf(call);
  const Icon = ICONS[call.outcome] ?? CircleX;
  const event = eventIn(call.message);
  return (
    <li data-test="call" data-outcome={call.outcome} data-code={call.code ?? ""}>
      <p class="call-line">
        <span class={`outcome ${tone}`}>
          <Icon size={15} aria-hidden="true" />
          <span>{word}</span>
        </span>
        <span class="mono">
          <b class="number">{call.status_code}</b> {call.method} {call.path}
        </span>
        <span class="quiet">
          with the key <bdi>{visible(call.key_name)}</bdi>
        </span>
        <span class="quiet number call-time">
          {call.times > 1 && `${count(call.times)} times, last `}
          {when(at(call.creation_time), now.value)}
        </span>
      </p>
      <p class="foreign" data-test="call-why">
        {call.param && <span class="mono second">{visible(call.param)}: </span>}
        {visible(call.message)}
      </p>
      <p class="second" data-test="call-next">
        {followsFrom(call)}
      </p>
      <p class="call-more quiet small">
        {event && <a href={to(["deliveries"], { q: `event:${event}` })}>What became of {event}</a>}
        {call.outcome === "to_nobody" && <a href="#/webhooks">What the webhooks ask for</a>}
        {call.code && <span class="mono">{call.code}</span>}
        <span class="nowrap">
          <span class="mono">{call.id}</span> <Copy text={call.id} what="the call's Request-Id" />
        </span>
      </p>
    </li>
  );
}
