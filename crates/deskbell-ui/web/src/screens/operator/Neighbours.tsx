// Who slows whom: each account's share of what all share, with a sentence that says it plainly.
import type { Operator } from "../../api/objects";
import { session } from "../../state/account";
import { visible } from "../../words/bytes";
import { look, party, percent, RESOURCES, since, webhooks } from "../../words/usage";

export function Neighbours({ state }: { state: Operator }) {
  const { rows } = state.usage;
  const isEmpty = !rows.some(({ of }) => of === "account");
  return (
    <section class="card neighbours" aria-labelledby="neighbours-title" data-test="neighbours">
      <header>
        <h2 id="neighbours-title">Who is slowing whom</h2>
        <span class="second">shares of what all accounts share, {since(state)}</span>
      </header>
      {isEmpty ? (
        <p class="neighbours-none second">No account has taken anything yet.</p>
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Account</th>
              {RESOURCES.map(({ name, head }) => (
                <th scope="col" key={name}>
                  {head}
                </th>
              ))}
              <th scope="col">Said plainly</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.account ?? row.of} data-test="neighbour" data-of={row.of} data-standing={row.standing}>
                <th scope="row">
                  <span class="cut" title={party(row)}>
                    <bdi>{party(row)}</bdi>
                  </span>
                  <span class="quiet cut number">
                    {row.account && row.account === session.value?.account ? "this account, " : ""}
                    {webhooks(row)}
                  </span>
                </th>
                {RESOURCES.map(({ name, head, percent: of }) => (
                  <td key={name} class={`number ${look(row, name)}`}>
                    <span class="neighbours-head quiet" aria-hidden="true">
                      {head}
                    </span>
                    <span class="neighbours-share">
                      <i aria-hidden="true">
                        <b style={{ width: `${of(row)}%` }} />
                      </i>
                      {percent(of(row))}
                    </span>
                  </td>
                ))}
                <td class="second">
                  <span class="foreign">{visible(row.sentence)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
