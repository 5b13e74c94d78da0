// A field with its label, a hint below it, and the error that stands at it.

import type { ComponentChildren, InputHTMLAttributes } from "preact";
import { useId } from "preact/hooks";

interface Props {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: ComponentChildren;
  error?: ComponentChildren;
  test: string;
  mono?: boolean;
  type?: "text" | "email" | "password" | "url" | "search";
  more?: Omit<InputHTMLAttributes, "value" | "onInput">;
}

export function TextField({ label, value, onValue, hint, error, test, mono, type = "text", more }: Props) {
  const id = useId();
  const described = [error ? `${id}-error` : "", hint ? `${id}-hint` : ""].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label class="legend" for={id}>
        {label}
      </label>
      <input
        {...more}
        id={id}
        type={type}
        class={mono ? "input mono" : "input"}
        value={value}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={described || undefined}
        onInput={(event) => onValue(event.currentTarget.value)}
        data-test={test}
      />
      {error && (
        <p class="field-error" id={`${id}-error`} role="alert" data-test={`${test}-error`}>
          {error}
        </p>
      )}
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}
