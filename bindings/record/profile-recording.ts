// One kind of profile in this thread: begun, written now and then, and ended. Whatever fails leaves it in a state from which the next
// turn goes on: one that could not begin is begun, one that could not be taken or written is lost, and the next one is tried.

import type { ProfileFile, ProfileFolder } from "./profile-folder.ts";
import { Inspector } from "./profile-inspector.ts";
import type { Kind } from "./profile-kinds.ts";
import { Telling } from "./telling.ts";
import { profileLost, profileNotBegun, RecorderError } from "./worded.ts";

/** What came of a turn. */
export interface Turned {
  readonly file?: ProfileFile;
  readonly failure?: unknown;
}

export class Recording {
  readonly telling: Telling;
  readonly #kind: Kind;
  readonly #inspector = new Inspector();
  readonly #folder: ProfileFolder;
  readonly #seconds: number;
  #runs = false;

  constructor(kind: Kind, folder: ProfileFolder, seconds: number, told: (error: unknown) => void) {
    this.#kind = kind;
    this.#folder = folder;
    this.#seconds = seconds;
    this.telling = new Telling(told);
  }

  /** What kept it from that, if anything did. */
  #begun(): unknown {
    try {
      this.#inspector.open();
      this.#kind.begin(this.#inspector);
      this.#runs = true;
      return undefined;
    } catch (error) {
      this.#inspector.close();
      return error instanceof RecorderError ? error : profileNotBegun(this.#kind.name, error, this.#seconds);
    }
  }

  /**
   * Writes what there is and goes on, or ends; begins where nothing is under way. Never throws. The next profile is under way
   * while this one is written: nothing but the taking is in neither.
   */
  turn(goesOn: boolean): Turned {
    let taken: { readonly profile: unknown } | undefined;
    let failure: unknown;
    if (this.#runs) {
      try {
        taken = { profile: this.#kind.take(this.#inspector, goesOn) };
      } catch (error) {
        // Whoever ended it meanwhile has it; where nobody did it ends with its session.
        failure = profileLost(this.#kind.name, error);
      }
      if (!goesOn || taken === undefined) this.#inspector.close();
      this.#runs = taken !== undefined && goesOn;
    }
    if (goesOn && !this.#runs) failure = this.#begun() ?? failure;
    if (taken === undefined) return { failure };
    try {
      return { file: this.#folder.write(this.#kind.ending, taken.profile), failure };
    } catch (error) {
      return { failure: error };
    }
  }

  /** Ends it without a file. Never throws. */
  drop(): void {
    if (!this.#runs) return;
    this.#runs = false;
    try {
      this.#kind.take(this.#inspector, false);
    } catch {
      // Nobody wants it.
    }
    this.#inspector.close();
  }
}
