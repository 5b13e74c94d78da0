// Importing: the text of events goes to the server as it was pasted. A number read and written again may be another text.
import { Json, post } from "../api/client";
import type { Imported } from "../api/objects";

/** What became of each event. */
export const importEvents = async (text: string): Promise<readonly Imported[]> =>
  (await post<{ data: readonly Imported[] }>("sandbox/import", new Json(text))).data;
