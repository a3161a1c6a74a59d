// The service seen from the command: a child process, its addresses, and what it can be told to do.
import { fork } from "node:child_process";

/** A service that does not stop when it is asked to is killed after this. */
const STOP_MILLISECONDS = 5_000;

export class Service {
  #child;
  #pending = new Map();
  #nextId = 1;
  #stopping = false;
  #listening;

  /** Resolves when the child has ended; rejects when it ended by itself. */
  ended;

  constructor(port) {
    this.#child = fork(new URL("./server.mjs", import.meta.url), [String(port)]);
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("exit", (code, signal) => {
        if (this.#stopping) resolve();
        else reject(new Error(`The service ended by itself (${signal ?? `exit code ${code}`})`));
      });
    });
    // Whoever waits for the service sees the rejection; until then it is nobody's.
    this.ended.catch(() => {});
    this.#listening = new Promise((resolve) => {
      this.#child.on("message", ({ listening, id, answer }) => {
        if (listening !== undefined) return resolve(listening);
        this.#pending.get(id)?.(answer);
        this.#pending.delete(id);
      });
    });
  }

  /** Resolves to the addresses, once the service answers at them. */
  async listening() {
    const { port, exporterPort, threadCount } = await Promise.race([this.#listening, this.ended]);
    return {
      origin: `http://127.0.0.1:${port}`,
      metrics: `http://127.0.0.1:${exporterPort}/metrics`,
      exporterPort,
      threadCount,
    };
  }

  ask(command, details = {}) {
    const id = this.#nextId++;
    const answer = new Promise((resolve) => this.#pending.set(id, resolve));
    this.#child.send({ id, command, details });
    return Promise.race([answer, this.ended]);
  }

  async stop() {
    this.#stopping = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MILLISECONDS);
    if (this.#child.connected) this.#child.send({ command: "stop" });
    await this.ended.catch(() => {});
    clearTimeout(kill);
  }
}
