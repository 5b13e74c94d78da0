// The sandbox's settings while they are edited: what the form holds, and the change that it asks for.
import type { SandboxSettings } from "../api/objects";

export interface Draft {
  plan: string;
  userLimit: string;
  /** Names, one a line. */
  fields: string;
  /** Empty where every call goes well. */
  fault: string;
}

export const draftOf = ({ plan, user_limit, custom_field_library, fault }: SandboxSettings): Draft => ({
  plan,
  userLimit: String(user_limit),
  fields: custom_field_library.join("\n"),
  fault: fault ?? "",
});

/** What of the draft is no longer as it was, by the names of the call; nothing else is sent, so that nobody's change is undone. */
export function changeOf(was: SandboxSettings, draft: Draft): Record<string, unknown> {
  const wanted = {
    plan: draft.plan,
    user_limit: /^\d+$/.test(draft.userLimit.trim()) ? Number(draft.userLimit) : draft.userLimit,
    custom_field_library: draft.fields
      .split("\n")
      .map((name) => name.trim())
      .filter(Boolean),
    fault: draft.fault || null,
  };
  const known: Record<string, unknown> = { ...was };
  return Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(known[name] ?? null)),
  );
}
