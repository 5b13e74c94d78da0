import { expect, test } from "vitest";
import type { Webhook } from "../../api/objects";

await import("../../fake/drawn");
const { delivery } = await import("../../fake/objects");
const { webhooks } = await import("../../state/account");
const { isMeant, NONE_MEANT } = await import("./Bulk");
const { STANDS } = await import("./place");

test("a sample of a webhook that is off can be sent again, an event of it cannot, and nothing of a deleted one", () => {
  webhooks.value = [{ id: "WHK-1", name: "CRM sync", status: false } as Webhook];
  expect(isMeant(delivery("DLV-1", { status: "failed", sample: true }))).toBe(true);
  expect(isMeant(delivery("DLV-2", { status: "failed" }))).toBe(false);
  expect(isMeant(delivery("DLV-3", { status: "failed", sample: true, webhook: "WHK-2" }))).toBe(false);
  expect(NONE_MEANT).toContain("deleted");
});

test("what is over and did not arrive is not all given up: some was called off", () => {
  expect(STANDS.find(({ key }) => key === "over")?.word).toBe("Did not arrive");
});
