// The first answers, which the server wrote into the page: each is good once, and only while the page is new.

const answers = new Map<string, unknown>(Object.entries(read()));
/** After this long the page's own answers are old news. */
const FRESH = 5_000;
setTimeout(() => answers.clear(), FRESH);

function read(): Record<string, unknown> {
  try {
    return JSON.parse(document.getElementById("first")?.textContent ?? "{}") as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** The answer to that path and query, if it came with the page. */
export function first(asked: string): unknown {
  const answer = answers.get(asked);
  answers.delete(asked);
  return answer;
}
