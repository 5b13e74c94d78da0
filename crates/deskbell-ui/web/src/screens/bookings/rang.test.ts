import { h } from "preact";
import { expect, test, vi } from "vitest";
import type { Webhook } from "../../api/objects";
import type { Rang } from "../../state/rang";

vi.mock("preact/hooks", () => import("../../fake/hooks"));
const { drawn } = await import("../../fake/drawn");
const { event } = await import("../../fake/objects");
const { webhooks } = await import("../../state/account");
const { Hint, WhatRang } = await import("./WhatRang");

const hook = (name: string, status: boolean) =>
  ({ id: `WHK-${name}`, name, status, url: "https://hook.example/", events: ["booking"] }) as unknown as Webhook;
const hint = () => drawn(h(Hint, { word: "Cancel", types: ["booking.canceled"] })).text;

test("where all that ask are paused, no webhook that is on asks for it", () => {
  webhooks.value = [hook("CRM sync", false)];
  expect(hint()).toContain("would ring nobody: no webhook that is on asks for it");
  webhooks.value = [hook("CRM sync", false), hook("Billing", true)];
  expect(hint()).toContain("would ring Billing");
  const rang = { list: { value: [{ event: event("EVT-1"), rows: [] }] }, error: {}, loading: {} } as unknown as Rang;
  expect(drawn(h(WhatRang, { rang })).text).toContain("No webhook that was on asked for it.");
});
