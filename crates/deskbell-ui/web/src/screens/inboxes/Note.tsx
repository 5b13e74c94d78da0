// What somebody wrote beside a captured request: read and written where it stands.

import { NotebookPen } from "lucide-preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Capture } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import type { Captures } from "../../state/captures";
import { count, visible } from "../../words/bytes";
import { NOTE, noteTooLong } from "../../words/capture";

export function Note({ of, captures }: { of: Capture; captures: Captures }) {
  /** What is being written; null while nothing is. */
  const [text, write] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const id = useId();
  // What was pressed is replaced: the focus goes on to what took its place.
  const box = useRef<HTMLDivElement>(null);
  const was = useRef(false);
  const isOpen = text !== null;
  useEffect(() => {
    if (isOpen !== was.current) box.current?.querySelector<HTMLElement>(isOpen ? "textarea" : "button")?.focus();
    was.current = isOpen;
  }, [isOpen]);
  const close = () => {
    write(null);
    setError(null);
  };
  if (text === null) {
    return (
      <div class={of.note ? "capture-note written" : "capture-note"} ref={box}>
        {of.note && (
          <p class="foreign" data-test="note">
            {visible(of.note)}
          </p>
        )}
        <Button icon={NotebookPen} size="small" onPress={() => write(of.note ?? "")} test="note-edit">
          {of.note ? "Edit the note" : "Write a note"}
        </Button>
      </div>
    );
  }
  const tooLong = noteTooLong(text);
  const save = () => (tooLong ? undefined : captures.note(of.id, text).then(close, setError));
  return (
    <div class="capture-note written" ref={box}>
      <label class="legend" for={id}>
        A note, for whoever reads this inbox
      </label>
      <textarea
        id={id}
        class="input"
        dir="auto"
        rows={3}
        value={text}
        aria-invalid={tooLong ? "true" : undefined}
        aria-describedby={`${id}-hint`}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") close();
          else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
          else return;
          event.preventDefault();
        }}
        data-test="note-text"
      />
      <small id={`${id}-hint`} class={tooLong ? "bad" : "second"} role={tooLong ? "alert" : undefined}>
        {tooLong ?? `At most ${count(NOTE)} characters${of.note ? "; an empty one takes it away" : ""}.`}
      </small>
      <span class="actions">
        <Button kind="main" size="small" busy="Saving" off={tooLong} onPress={save} test="note-save">
          Save the note
        </Button>
        <Button size="small" onPress={close} test="note-cancel">
          Cancel
        </Button>
      </span>
      <Fault error={error} />
    </div>
  );
}
