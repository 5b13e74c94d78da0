// The signature doctor: paste the value that your code computed, or the whole request, and it names the mistake.

import { Check, Minus, Stethoscope } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { post } from "../../api/client";
import type { Diagnosis } from "../../api/objects";
import { Button, Fault } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { Tabs } from "../../components/Tabs";
import "../../styles/inboxes.css";

const LANGUAGES: Record<string, string> = {
  python: "Python",
  node: "Node",
  go: "Go",
  php: "PHP",
  ruby: "Ruby",
  java: "Java",
  rust: "Rust",
};

/** @param of the path of what is examined: a captured request, or an attempt. @param came it was captured; else it was only sent. */
export function Doctor({ of, came }: { of: string; came: boolean }) {
  const [pasted, setPasted] = useState("");
  const [found, setFound] = useState<Diagnosis | null>(null);
  const [error, setError] = useState<unknown>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  const ask = async (text: string) => {
    const value = text.trim();
    // A body, or lines with a colon: somebody's whole request, not one value.
    const whole = /^[{[]/.test(value) || (/\n/.test(value) && /^[A-Za-z-]+:/m.test(value));
    try {
      setFound(
        await post<Diagnosis>(`${of}/doctor`, value ? { [whole ? "request" : "value"]: whole ? text : value } : {}),
      );
      setError(null);
    } catch (failed) {
      setError(failed);
    }
  };
  useEffect(() => {
    void ask("");
    // What is pasted anywhere on the page is meant for the doctor.
    const paste = (event: ClipboardEvent) => {
      if ((event.target as HTMLElement | null)?.closest("input, textarea")) return;
      const text = event.clipboardData?.getData("text") ?? "";
      if (!text) return;
      setPasted(text);
      void ask(text);
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  }, [of]);
  return (
    <div class="stack doctor" data-test="doctor">
      <label class="field">
        <span>What your code computed, or the whole request as it sees it</span>
        <textarea
          ref={box}
          class="input mono"
          rows={3}
          spellcheck={false}
          value={pasted}
          onInput={(event) => setPasted(event.currentTarget.value)}
          data-test="doctor-value"
        />
      </label>
      <div class="actions">
        <Button icon={Stethoscope} busy="Examining" onPress={() => ask(pasted)} test="doctor-ask">
          {pasted.trim() ? "Name the mistake" : came ? "Examine it as it came" : "Examine it as it was sent"}
        </Button>
      </div>
      <Fault error={error} />
      {found && <Found diagnosis={found} />}
    </div>
  );
}

function Found({ diagnosis }: { diagnosis: Diagnosis }) {
  const fixes = new Map(Object.entries(diagnosis.fix ?? {}));
  const languages = [...fixes.keys()];
  const [language, setLanguage] = useState("python");
  const shown = languages.includes(language) ? language : (languages[0] ?? "");
  const fix = fixes.get(shown) ?? "";
  return (
    <>
      <section
        class={`finding ${diagnosis.valid ? "good" : "wait"}`}
        data-test="finding"
        data-finding={diagnosis.finding ?? ""}
      >
        <header>
          <Stethoscope size={20} aria-hidden="true" />
          <div>
            <h3>{diagnosis.sentence}</h3>
            {diagnosis.evidence.map((line) => (
              <p key={line} class="second foreign">
                {line}
              </p>
            ))}
          </div>
        </header>
        {diagnosis.fix && (
          <div class="finding-fix">
            <Tabs
              label="The fix"
              chosen={shown}
              onChoose={setLanguage}
              tabs={languages.map((key) => ({ key, word: LANGUAGES[key] ?? key }))}
            >
              <Copy text={fix} what="the fix" />
            </Tabs>
            <pre>
              {fix.split("\n").map((line, index) => (
                <span
                  key={index}
                  class={line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : ""}
                >{`${line}\n`}</span>
              ))}
            </pre>
          </div>
        )}
      </section>
      <section>
        <h3>{diagnosis.tried.length} known mistakes tried</h3>
        <ul class="tried">
          {diagnosis.tried.map((one) => (
            <li key={one.name} class={one.matches ? "wait" : "quiet"} title={one.sentence}>
              {one.matches ? <Check size={13} aria-hidden="true" /> : <Minus size={13} aria-hidden="true" />}
              <span>
                {one.sentence}
                {one.matches && <span class="readers"> (found)</span>}
              </span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
