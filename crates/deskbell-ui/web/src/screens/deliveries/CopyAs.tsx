// Copies the delivery as a command, signed at the moment of copying.

import { Check, ChevronDown, Copy as CopyIcon } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { get } from "../../api/client";
import type { SignedRequest } from "../../api/objects";
import { Button } from "../../components/Button";
import { copy, useDone } from "../../components/Copy";
import { Menu, MenuItem } from "../../components/Menu";
import { bind } from "../../state/keys";
import { LANGUAGES, type Language, snippet } from "../../words/snippets";

export function CopyAs({ id }: { id: string }) {
  const [done, mark] = useDone();
  const take = async (language: Language) => {
    const request = await get<SignedRequest>(`deliveries/${id}/request`);
    if (await copy(snippet(language, request))) mark();
  };
  useEffect(() => bind({ c: () => void take("curl") }), [id]);
  return (
    <span class="pair">
      <Button icon={done ? Check : CopyIcon} onPress={() => take("curl")} test="copy-curl">
        {done ? "Copied" : "Copy as curl"}
      </Button>
      <Menu label="Copy as" kind="button" face={<ChevronDown size={14} aria-hidden="true" />}>
        {LANGUAGES.map((language) => (
          <MenuItem key={language} onPress={() => take(language)} test={`copy-${language}`}>
            {language}
          </MenuItem>
        ))}
      </Menu>
    </span>
  );
}
