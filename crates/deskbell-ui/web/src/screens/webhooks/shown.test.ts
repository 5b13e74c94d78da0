import { h } from "preact";
import { expect, test, vi } from "vitest";
import type { Session, Webhook } from "../../api/objects";

vi.mock("preact/hooks", () => import("../../fake/hooks"));
const { drawn } = await import("../../fake/drawn");
const { session } = await import("../../state/account");
const { EventChoice } = await import("./EventChoice");
const { HowWeSend } = await import("./HowWeSend");
const { SecretOnce } = await import("./SecretOnce");

test("the secret of what was just made can be shown again, and only that is written to the audit log", () => {
  const { text } = drawn(h(SecretOnce, { secret: "s", name: "CRM sync" }));
  expect(text).not.toContain("Showing or copying it is written");
  expect(text).toContain("It can be shown again on the webhook's page");
});

test("what is sent is given up when the schedule is used up; the window is the most that it takes", () => {
  session.value = { settings: { timeout_ms: 20_000, retry_window_seconds: 259_200 } } as Session;
  const webhook = { url: "https://hook.example/", creation_time: "2026-05-12T10:00:00Z" } as Webhook;
  expect(drawn(h(HowWeSend, { webhook })).text).toContain("Gives up after the last try of the schedule, at most 72 h");
});

test("a retired trigger has a box where it is asked for, and none elsewhere", () => {
  const box = (events: string[]) =>
    drawn(h(EventChoice, { events, onEvents: () => undefined })).found("event-conversation.reached_out");
  expect(box(["conversation.reached_out"])?.checked).toBe(true);
  expect(box(["conversation"])).toBeUndefined();
});
