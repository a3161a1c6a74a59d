// The processes of a soak, each on a channel of lines: they are told what to count, acknowledge what is flushed, and are killed.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { amounts } from "./amounts.mjs";

const MEMBER = fileURLToPath(new URL("member.mjs", import.meta.url));

export class Member {
  #child;
  #closed;
  #ledger;
  #slot;
  #resting = Promise.resolve();
  #rested;
  /** True from its first word to its end. */
  isReady = false;

  constructor({ binary, flags, dir, slot, ledger }) {
    this.#slot = slot;
    this.#ledger = ledger;
    this.#child = spawn(binary, [...flags, MEMBER, dir, slot], { stdio: ["pipe", "pipe", "inherit"] });
    // What is written to one that was just killed goes nowhere.
    this.#child.stdin.on("error", () => {});
    this.#closed = once(this.#child, "close");
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const { ready, answered } = JSON.parse(line);
      if (ready) this.isReady = true;
      if (answered === undefined) return;
      ledger.acknowledged(slot, answered);
      this.#rested();
    });
  }

  /** Whether it has done all that it was told. */
  get isIdle() {
    return this.isReady && this.#ledger.underWay(this.#slot) === 0;
  }

  tell(id, request) {
    this.#ledger.sent(this.#slot, id, amounts(request));
    this.#resting = new Promise((resolve) => (this.#rested = resolve));
    this.#child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
  }

  /** Resolves when what it said before it died has been heard. */
  async kill() {
    this.isReady = false;
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  /** Lets it come to its end. */
  async end() {
    await Promise.race([this.#resting, this.#closed]);
    this.#child.stdin.end();
    const [code] = await this.#closed;
    return code;
  }
}
