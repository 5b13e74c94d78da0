import { expect, test } from "vitest";
import type { SandboxSettings } from "../api/objects";
import { changeOf, draftOf } from "./settings";

const SETTINGS: SandboxSettings = {
  object: "sandbox_settings",
  plan: "full",
  user_limit: 500,
  custom_field_library: ["crm_id", "tier"],
  fault: null,
};

test("what was not touched is not sent", () => {
  expect(changeOf(SETTINGS, draftOf(SETTINGS))).toEqual({});
  expect(changeOf(SETTINGS, { ...draftOf(SETTINGS), fields: " crm_id \n\ntier\n", userLimit: " 500" })).toEqual({});
});

test("each field is sent by its name in the call", () => {
  const draft = { plan: "no_api", userLimit: "30", fields: "crm_id\nsource, medium", fault: "create_user" };
  expect(changeOf(SETTINGS, draft)).toEqual({
    plan: "no_api",
    user_limit: 30,
    custom_field_library: ["crm_id", "source, medium"],
    fault: "create_user",
  });
});

test("a fault ends, a library may be empty, and what is no number is the server's to refuse", () => {
  const faulty = { ...SETTINGS, fault: "create_user" };
  expect(changeOf(faulty, { ...draftOf(faulty), fault: "" })).toEqual({ fault: null });
  expect(changeOf(SETTINGS, { ...draftOf(SETTINGS), fields: "", userLimit: "many" })).toEqual({
    user_limit: "many",
    custom_field_library: [],
  });
});
