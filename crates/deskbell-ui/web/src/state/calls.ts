// Calls of programs that sent nothing on. The stream does not tell of them: they are asked for anew while somebody looks.
import { signal } from "@preact/signals";
import { get } from "../api/client";
import type { CallList } from "../api/objects";
import { Store } from "./store";

/** A program that is being mended is watched: what it called stands here a moment later. */
const ANEW = 3_000;

export class Calls extends Store<CallList> {
  readonly answer = signal<CallList | null>(null);

  protected override read(): Promise<CallList> {
    return get<CallList>("calls");
  }

  protected override keep(answer: CallList): void {
    this.answer.value = answer;
  }

  protected override lasts(): number {
    return ANEW;
  }
}
