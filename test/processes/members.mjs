// Processes of an application, for tests: each does what it is told, dies when it is told, and answers.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const FIXTURE = fileURLToPath(new URL("fixtures/member.mjs", import.meta.url));

/** What a page waits for those who are asked, who answer at once: 0.05 s by default, which is no time on a busy machine. */
const ASK_SECONDS = 2;

/** Who lives in which folder. */
const living = new Map();

/** A folder that is gone after the test, and so are those who live in it. */
export function folder(t) {
  const path = mkdtempSync(join(tmpdir(), "tallystick-members-"));
  living.set(path, []);
  t.after(async () => {
    await Promise.all(living.get(path).map((member) => member.kill()));
    rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  });
  return path;
}

export class Member {
  #child;
  #answers;

  constructor(dir, command = [process.execPath, FIXTURE], options = {}) {
    const [program, ...args] = command;
    this.#child = spawn(program, [...args, dir], { stdio: ["pipe", "pipe", "inherit"], ...options });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.exit = once(this.#child, "exit");
    living.get(dir)?.push(this);
  }

  get pid() {
    return this.#child.pid;
  }

  /** Runs a function there, as text: it knows what the doors export, `dir`, and what is in `kept`. */
  async run(body, ...args) {
    const text = `return await (${body})(...${JSON.stringify(args)})`;
    this.#child.stdin.write(`${JSON.stringify(text)}\n`);
    const { value } = await this.#answers.next();
    if (value === undefined) throw new Error("The process ended before it answered");
    const { answer, error } = JSON.parse(value);
    if (error !== undefined) throw new Error(error);
    return answer;
  }

  /** Joins the spool. */
  async join(options = {}) {
    await this.run(
      (own) => {
        kept.spool = spool({ dir, ...own });
      },
      { askSeconds: ASK_SECONDS, ...options },
    );
    return this;
  }

  /** The page that it serves, without the library's own metrics. */
  async page(format = "text") {
    const text = await this.run(
      async (wanted, seconds) => {
        const accept = wanted === "openmetrics" ? "application/openmetrics-text; version=1.0.0" : undefined;
        for (;;) {
          const from = performance.now();
          const { body } = await registry.expose(accept === undefined ? {} : { accept });
          // One that took so long may be without those who were late.
          if (performance.now() - from < 1000 * seconds) return new TextDecoder().decode(body);
        }
      },
      format,
      ASK_SECONDS,
    );
    return text
      .split("\n")
      .filter((line) => !/^(# (HELP|TYPE|UNIT) )?tallystick_/.test(line))
      .join("\n");
  }

  /** The values of a page by their series. */
  async values() {
    const lines = (await this.page()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
  }

  async kill(signal = "SIGKILL") {
    this.#child.kill(signal);
    await this.exit;
  }

  /** Ends it as programs end. */
  async end() {
    this.#child.stdin.end();
    await this.exit;
  }
}
