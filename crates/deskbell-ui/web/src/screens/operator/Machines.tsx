// The machines that serve: each with its heartbeat, its epoch and what it has in hand; and what to do about one that is gone.
import { CircleCheck, CircleX, Clock } from "lucide-preact";
import type { NodeRow, Operator } from "../../api/objects";
import { count, plural, visible } from "../../words/bytes";
import { clock, doing, elsewhere, silence, tone } from "../../words/nodes";

const ICONS = { good: CircleCheck, wait: Clock, bad: CircleX } as const;

export function Machines({ state, asked }: { state: Operator; asked: number }) {
  const { nodes } = state;
  const gone = nodes.filter((node) => node.state === "gone");
  const twins = nodes.filter((node) => node.has_namesake);
  return (
    <section class="card machines" aria-labelledby="machines-title" data-test="machines">
      <header>
        <h2 id="machines-title">Machines</h2>
        <span class="second number">{plural(nodes.length - gone.length, "machine")} there</span>
      </header>
      {nodes.length > 0 && (
        <table class="table">
          <thead>
            <tr>
              {["State", "Machine", "Epoch", "Heartbeat", "In flight", "In hand", "Clock"].map((head) => (
                <th scope="col" key={head}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {nodes.map((node) => (
              <Row key={node.id} node={node} asked={asked} />
            ))}
          </tbody>
        </table>
      )}
      <p class="second">
        {nodes.length === 1 && gone.length === 0
          ? "One machine serves. On PostgreSQL there can be several: each with the same database and the same master key."
          : "A machine says every 3 s that it is there, and counts as gone after 15 s. What it held is the others’ at most 15 s and the time of an attempt (delivery.timeout) after its last word: they send it again, so a receiver may get some of it twice."}
      </p>
      {gone.length > 0 && (
        <p class="second" data-test="machines-gone">
          Start {gone.map((node) => visible(node.name)).join(", ")} again: it joins with a new epoch. Otherwise it
          leaves this page a day after its last word.
        </p>
      )}
      {twins.length > 0 && (
        <p class="second" data-test="machines-twins">
          {plural(twins.length, "machine")} share a name with another: give each its own in{" "}
          <span class="mono">server.name</span>.
        </p>
      )}
    </section>
  );
}

function Row({ node, asked }: { node: NodeRow; asked: number }) {
  const look = tone(node);
  const Icon = ICONS[look];
  const host = elsewhere(node);
  return (
    <tr data-test="machine-row" data-state={node.state} data-name={node.name}>
      <td class={look}>
        <span class="machines-state">
          <Icon size={15} aria-hidden="true" />
          {node.state}
        </span>
      </td>
      <th scope="row">
        <span class="cut" title={visible(node.name)}>
          <bdi>{visible(node.name)}</bdi>
        </span>
        <span class="quiet cut number">
          {doing(node, asked)}
          {host && ` · on ${host}`}
        </span>
      </th>
      <td class="number" data-head="Epoch">
        {node.epoch == null ? <span class="quiet">none</span> : node.epoch}
      </td>
      <td class={`number ${look === "good" ? "" : look}`} data-head="Heartbeat">
        {silence(node)} ago
      </td>
      <td class="number" data-head="In flight">
        {count(node.in_flight)}
      </td>
      <td class="number" data-head="In hand">
        {count(node.in_hand)}
      </td>
      <td class="number" data-head="Clock">
        {node.state === "gone" ? <span class="quiet">–</span> : clock(node)}
      </td>
    </tr>
  );
}
