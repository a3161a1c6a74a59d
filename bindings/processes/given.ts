// What other programs leave, in a source: a process whose series are set one by one. Families are found or made by their
// names; one that is there already may have the labels in another order.

import { EXHAUSTED, GONE, OK } from "../../assembly/status.ts";
import type { Core } from "../core.ts";
import { define, type Definition, type DefinitionOptions, definitionText, type GaugeMode } from "../definition.ts";
import { memoryExhausted, type MetricsError } from "../errors.ts";
import { definitionAt } from "../stored.ts";
import { blockParts } from "./labels.ts";
import { MEETING } from "./refusals.ts";
import { familyKept } from "./refused.ts";
import type { Sink, SinkDefinition } from "./sink.ts";
import type { Source } from "./source.ts";
import type { SourceProcess } from "./source-process.ts";

interface GivenFamily {
  readonly definition: SinkDefinition;
  address: number;
  state: number;
  /** Those of the family that is there, where it has them in another order. */
  order: readonly string[] | undefined;
  /** By their label blocks: a position, and when it was set last. */
  readonly series: Map<string, Given>;
  readonly free: number[];
}

interface Given {
  readonly position: number;
  /** As the family has it. */
  block: string;
  turn: number;
}

/** Each block has one value, which says of which process it is: nothing is left to be told apart. */
function modeOf(mode: SinkDefinition["mode"]): GaugeMode | undefined {
  if (mode === "all") return "sum";
  return mode === "liveall" ? "livesum" : mode;
}

export class GivenSink implements Sink {
  readonly #source: Source;
  readonly #process: SourceProcess;
  readonly #onRefused: (error: MetricsError) => void;
  readonly #told = new Set<string>();
  readonly #families: GivenFamily[] = [];
  readonly #numbers = new Map<string, number>();
  #turn = 0;

  constructor(source: Source, onRefused: (error: MetricsError) => void) {
    this.#source = source;
    this.#process = source.process();
    this.#onRefused = onRefused;
  }

  get #core(): Core {
    return this.#source.core;
  }

  family(definition: SinkDefinition): number | undefined {
    const key = JSON.stringify(definition);
    const there = this.#numbers.get(key);
    if (there !== undefined) return there;
    const made: GivenFamily = { definition, address: 0, state: 0, order: undefined, series: new Map(), free: [] };
    if (!this.#found(made, this.#families.length)) return undefined;
    this.#numbers.set(key, this.#families.length);
    this.#families.push(made);
    return this.#families.length - 1;
  }

  /** Finds or makes the family of a definition; false where another one is in its way. */
  #found(family: GivenFamily, number: number): boolean {
    const { kind, mode, buckets, ...named } = family.definition;
    const options: Record<string, unknown> = { ...named };
    if (kind === "gauge") options.mode = modeOf(mode);
    if (kind === "histogram") options.buckets = buckets;
    // Nobody but the process knows what they are of.
    if (kind === "summary") options.quantiles = [];
    let definition: Definition | undefined;
    try {
      definition = define(kind, options as unknown as DefinitionOptions);
      const found = this.#source.found(definition, true);
      family.address = found.address;
      family.state = found.state;
      family.order = found.labelNames.join() === definition.labelNames.join() ? undefined : found.labelNames;
      // Another one may be there by now.
      for (const [block, given] of family.series) given.block = ordered(block, family.order);
      const status = this.#core.cold(() => this.#core.verbs.givenFamily(this.#process.address, number, family.address, family.state));
      if (status === EXHAUSTED) throw memoryExhausted(`take metric "${named.name}" from other processes`, this.#core.maxBytes);
      return status === OK;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (!this.#told.has(named.name)) {
        this.#told.add(named.name);
        this.#onRefused(definition === undefined ? (error as MetricsError) : this.#worded(error as MetricsError, definition));
      }
      return false;
    }
  }

  /** Another process, or this one, has it otherwise. */
  #worded(error: MetricsError, definition: Definition): MetricsError {
    if (!MEETING.has(error.code)) return error;
    const core = this.#core;
    const there = definitionText(definitionAt(core, core.verbs.familyDefinition(core.verbs.conflictAddress())));
    return familyKept(error.code, definition.name, "Python's processes", there, definitionText(definition), "it stays in their files");
  }

  set(number: number, block: string, value: number, buckets?: ArrayLike<number>, count?: number): void {
    const family = this.#families[number]!;
    let given = family.series.get(block);
    if (given === undefined) {
      const position = family.free.pop() ?? family.series.size;
      given = { position, block: ordered(block, family.order), turn: 0 };
      family.series.set(block, given);
    }
    given.turn = this.#turn;
    const numbers = buckets ?? (count === undefined ? undefined : [count]);
    const status = this.#put(number, given, value, numbers);
    if (status !== GONE || !this.#found(family, number)) return;
    this.#put(number, given, value, numbers);
  }

  #put(number: number, given: Given, value: number, numbers: ArrayLike<number> | undefined): number {
    const core = this.#core;
    return core.cold(() => {
      const tail = (numbers?.length ?? 0) * 8;
      const at = (given.block.length * 3 + 7) & ~7;
      const address = core.inputRoom(at + tail + 8);
      if (numbers !== undefined) {
        const view = core.view(address + at, tail);
        // Whole and not negative: 53 bits, as two words.
        for (let i = 0; i < numbers.length; i++) {
          view.setUint32(i * 8, numbers[i]! % 4294967296, true);
          view.setUint32(i * 8 + 4, Math.floor(numbers[i]! / 4294967296), true);
        }
      }
      const length = core.input(given.block);
      return core.verbs.givenSet(this.#process.address, number, given.position, length, value, at);
    });
  }

  publish(): void {
    for (const [number, family] of this.#families.entries()) {
      for (const [block, given] of family.series) {
        if (given.turn === this.#turn) continue;
        family.series.delete(block);
        family.free.push(given.position);
        this.#core.cold(() => this.#core.verbs.givenGone(this.#process.address, number, given.position));
      }
    }
    this.#turn++;
    this.#source.publish();
  }
}

/** A block with its labels in the order of certain names; others stay behind them. */
function ordered(block: string, names: readonly string[] | undefined): string {
  if (names === undefined) return block;
  const parts = blockParts(block);
  const rank = (name: string) => (names.includes(name) ? names.indexOf(name) : names.length);
  return parts
    .toSorted(([one], [other]) => rank(one) - rank(other))
    .map(([, label]) => label)
    .join(",");
}
