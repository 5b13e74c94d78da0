// How the instance does, asked every ten seconds while somebody looks: this is not on the stream.
import { signal } from "@preact/signals";
import { get } from "../api/client";
import type { Operator } from "../api/objects";
import type { Range } from "../words/range";
import { Store } from "./store";

const EVERY = 10_000;

export class Instance extends Store<Operator> {
  readonly state = signal<Operator | null>(null);
  /** When it was asked last. */
  readonly asked = signal<number | null>(null);

  /** @param range of how much time its charts are. */
  constructor(private readonly range: Range = "hour") {
    super();
  }

  protected override read(): Promise<Operator> {
    return get<Operator>("operator", { range: this.range });
  }

  protected override keep(state: Operator): void {
    this.state.value = state;
    this.asked.value = Date.now();
  }

  protected override lasts(): number {
    return EVERY;
  }

  /** Nothing of it is told by the stream, whether that can tell or not. */
  override missed(): void {}
}
