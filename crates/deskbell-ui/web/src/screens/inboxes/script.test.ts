import { h } from "preact";
import { expect, test, vi } from "vitest";
import type { Advice, Inbox } from "../../api/objects";

vi.mock("preact/hooks", () => import("../../fake/hooks"));
vi.mock("../../state/advice", () => ({
  useAdvice: (answers: readonly unknown[]) =>
    answers.map(() => ({ next: "done", tone: "good", sentence: "Advised" }) as Advice),
}));
const { drawn } = await import("../../fake/drawn");
const { Script } = await import("./Script");

const answer = (status: number) => ({ status, delay_ms: 0, body: "", headers: {} });
const shown = (inbox: Partial<Inbox>) =>
  drawn(h(Script, { inbox: { id: "INB-1", relay: false, answers: [], ...inbox } as Inbox, onSaved: () => undefined }));

test("a status that no inbox gives is said not to be kept: it is not advised on, and not summed up", () => {
  const { text } = shown({ answers: [answer(302)] });
  expect(text).toContain("An inbox answers 200 to 299, or 400 to 599: this cannot be saved.");
  expect(text).not.toMatch(/Advised|Delivered on/);
  expect(shown({ answers: [answer(202)] }).text).toMatch(/Advised.*Delivered on the first try/);
});

test("a relay may be anybody's: the command line is one of them", () => {
  const { text } = shown({ relay: true });
  expect(text).toContain("or one of your own");
  expect(text).not.toContain("made it");
});
