// The end of the program, by a signal or because its probe is over. What was read is pushed a last time, and all that this waits for
// has one limit together: a receiver may be silent, a push that is under way may be, and the probe's thread may stand in the kernel.

import process from "node:process";
import { setTimeout } from "node:timers";
import type { ImagePusher, PushInit, PushResponse } from "../../../processes/push-entry.ts";
import { fetched } from "../../../processes/push-settings.ts";
import { PushRecovery } from "../../../processes/push-worded.ts";
import { endedBy, FIRST_PID, type Signal } from "../../../processes/typed.ts";
import type { Probe } from "../settings.ts";

/** Half of what containers are given before they are killed. */
const END_MS = 5000;
/** A push that is under way has so much of it to be answered: the last one is behind it. */
const UNDER_WAY_MS = 1000;
/** A thread ends within milliseconds where the machine is not busy, or stands in the kernel. */
const THREAD_MS = 2000;
/** Of what did not end by a signal. */
const EXIT_OVER = 1;

/** False where it does not settle in time. */
function settled(what: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => void setTimeout(resolve, milliseconds, false));
  const isSettled = () => true;
  return Promise.race([what.then(isSettled, isSettled), late]);
}

export class Ending {
  #probed: Probe | undefined;
  #own: ImagePusher | undefined;
  #stop: () => void = () => {};
  #isBegun = false;
  #underWay = new AbortController();

  /** What is to be ended; `stop` ends whatever else would go on. */
  of(probed: Probe, own: ImagePusher | undefined, stop: () => void): void {
    this.#probed = probed;
    this.#own = own;
    this.#stop = stop;
  }

  /** The pusher's way to the receiver: a request that does not come back can be given up. */
  readonly fetch = (url: string, init: PushInit): Promise<PushResponse> => {
    const own = new AbortController();
    this.#underWay = own;
    return fetched(url, { ...init, signal: AbortSignal.any([init.signal, own.signal]) });
  };

  /** Whether it is about what was given up here: the last push has it, and works again. */
  isGivenUp(error: Error): boolean {
    if (!this.#isBegun) return false;
    return error instanceof PushRecovery || (error.cause instanceof Error && error.cause.name === "AbortError");
  }

  /** Begins the end, by a signal or without one; a second signal ends at once. */
  begin(signal: Signal | undefined): void {
    if (this.#isBegun) {
      if (signal !== undefined) void this.#ended(signal);
      return;
    }
    this.#isBegun = true;
    this.#stop();
    const underWay = this.#underWay;
    setTimeout(() => underWay.abort(), UNDER_WAY_MS);
    // While it is still shown: what is removed before would not be counted any more.
    const last = this.#own?.push({ ended: true });
    void (last === undefined ? this.#ended(signal) : settled(last, END_MS).then(() => this.#ended(signal)));
  }

  async #ended(signal: Signal | undefined): Promise<void> {
    if (signal === undefined) process.exit(EXIT_OVER);
    // Nobody else waits for threads: the signal ends them, too.
    if (process.pid !== FIRST_PID || this.#probed === undefined) return endedBy(signal);
    endedBy(signal, !(await settled(this.#probed.close(), THREAD_MS)));
  }
}
