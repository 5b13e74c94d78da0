import { h } from "preact";
import { beforeEach, expect, test, vi } from "vitest";
import type { Webhook, Why } from "../../api/objects";

vi.mock("preact/hooks", () => import("../../fake/hooks"));
const { drawn } = await import("../../fake/drawn");
const { delivery } = await import("../../fake/objects");
const { FakeServer, list } = await import("../../fake/server");
const { loaded, webhooks, isDeleted } = await import("../../state/account");
const { AnswerCard } = await import("./AnswerCard");

const hook = (status: boolean) => ({ id: "WHK-1", name: "First inbox", status, events: [] }) as unknown as Webhook;
const answer = (why: Partial<Why>) =>
  drawn(
    h(AnswerCard, {
      why: { webhook: "WHK-1", sentence: "", reason: "", steps: [], ruled_out: [], ...why } as unknown as Why,
      onQuestion: () => undefined,
      onAgain: () => undefined,
    }),
  );
const failed = (sample: boolean) => delivery("DLV-1", { status: "failed", sample });

beforeEach(() => {
  webhooks.value = [hook(false)];
});

test("a sample is sent again to a webhook that is off; what really happened is not", () => {
  expect(answer({ verdict: "gave_up", delivery: failed(true) }).found("retry")?.["aria-disabled"]).toBe(false);
  const event = answer({ verdict: "gave_up", delivery: failed(false) });
  expect(event.found("retry")?.title).toContain("no events are sent to it");
  expect(event.text).toContain("Turn on First inbox");
});

test("a webhook that is on is not offered to be turned on, whatever it was then", () => {
  webhooks.value = [hook(true)];
  for (const verdict of ["paused", "disabled"] as const)
    expect(answer({ verdict, delivery: failed(false) }).text).not.toContain("Turn on");
});

test("to a webhook that is deleted nothing is offered to be sent", async () => {
  webhooks.value = [];
  loaded.value = true;
  new FakeServer().on("GET webhooks", list([]));
  const gone = () => answer({ verdict: "deleted", delivery: failed(false) }).found("retry")?.title;
  expect(gone()).toBe("Looking for the webhook");
  await vi.waitUntil(() => isDeleted("WHK-1"));
  expect(gone()).toBe("The webhook is deleted");
});
