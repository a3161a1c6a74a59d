// Where a program's bytes go: standard output as fast as its reader takes them, or a file that is there as a whole or not at all.

import { randomBytes } from "node:crypto";
import { createWriteStream, renameSync, rmSync, type WriteStream } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import type { Writable } from "node:stream";

/** Text is gathered up to so many letters. */
const GATHERED_MOST = 1 << 16;

/** What the system says, without the paths of its call: one of them is a name that nobody typed. */
const saying = ({ message }: Error) => message.replace(/, \w+( '[^]*)?$/, "");

/** Whoever reads had enough: `| head`. */
export class Enough extends Error {}

export class Output {
  readonly #stream: Writable;
  readonly #path: string | undefined;
  readonly #made: string | undefined;
  #text = "";
  #failed: Error | undefined;

  /** Of a file's path, or of standard output. */
  constructor(path?: string) {
    this.#path = path;
    if (path === undefined) {
      this.#stream = process.stdout;
    } else {
      // Beside it, under a name that nobody takes for a recording, and nobody knows before: others may have put a link there.
      this.#made = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.part`);
      this.#stream = createWriteStream(this.#made, { flags: "wx" });
    }
    this.#stream.on("error", (error: NodeJS.ErrnoException) => {
      this.#failed = this.#worded(error);
    });
  }

  #worded(error: NodeJS.ErrnoException): Error {
    if (error.code === "EPIPE") return new Enough();
    return this.#path === undefined ? error : new Error(`cannot write "${this.#path}": ${saying(error)}`);
  }

  /** Gathers text; waits where there is enough of it. */
  text(text: string): Promise<void> | undefined {
    this.#text += text;
    return this.#text.length > GATHERED_MOST ? this.flush() : undefined;
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (text !== "") await this.bytes(text);
  }

  /** Resolves when they are taken, so that they may be written over then. */
  bytes(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failed !== undefined) {
        reject(this.#failed);
        return;
      }
      this.#stream.write(bytes, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(this.#worded(error));
      });
    });
  }

  async close(): Promise<void> {
    await this.flush();
    if (this.#made === undefined) return;
    await new Promise<void>((resolve, reject) => {
      (this.#stream as WriteStream).close((error) => (error ? reject(this.#worded(error)) : resolve()));
    });
    try {
      renameSync(this.#made, this.#path!);
    } catch (error) {
      throw this.#worded(error as Error);
    }
  }

  /** Leaves nothing of what is not whole. */
  abandon(): void {
    if (this.#made === undefined) return;
    this.#stream.destroy();
    rmSync(this.#made, { force: true });
  }
}
