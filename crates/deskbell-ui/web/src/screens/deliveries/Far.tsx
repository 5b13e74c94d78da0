// How far sending again is.
import { Square } from "lucide-preact";
import { Button } from "../../components/Button";
import type { Again } from "../../state/again";

export function Far({ again }: { again: Again }) {
  const progress = again.progress.value;
  const whole = again.ids.value?.length ?? 0;
  if (!progress || whole === 0) return null;
  const { done, refused, over } = progress;
  return (
    <p class="far number" role="status" data-test="far">
      {done} of {whole} asked for{refused ? `, ${refused} cannot be sent again` : ""}
      {over ? "." : ""}
      {!over && (
        <Button size="small" icon={Square} onPress={() => again.halt()} test="halt">
          Stop
        </Button>
      )}
    </p>
  );
}
