// Raw samples of real threads that record at full speed while another one drains all the time; one thread is killed. Every row is
// whole, each writer's are in order, and rows, drops and what waits add up to what was recorded.

import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { memoryMade } from "../faults/thread.mjs";

const module = new WebAssembly.Module(readFileSync(new URL("../../build/core.wasm", import.meta.url)));
const ORIGIN = 1700000000000;
/** Small: it is full and drained thousands of times. */
const RING_BYTES = 16384;
/** A value says whose it is. */
const THREAD_VALUES = 1e9;

/** Reads rows and looks for what is wrong in them: torn, twice, or out of order. */
class Reader {
  rows = 0;
  wrong = 0;
  #last = new Map();

  read(text) {
    const lines = text.split("\r\n");
    for (let i = 1; i < lines.length - 1; i++) {
      const [time, value, label] = lines[i].split(",");
      const whole = Number(value);
      const thread = Math.floor(whole / THREAD_VALUES);
      const number = whole - thread * THREAD_VALUES;
      const exact = String(BigInt(ORIGIN) * 1000000n + BigInt(number) * 1000n);
      const key = thread * 2 + (number & 1);
      if (time !== exact || label !== (number & 1 ? "odd" : "even") || number <= (this.#last.get(key) ?? 0)) this.wrong++;
      this.#last.set(key, number);
      this.rows++;
    }
  }
}

/** Two threads record `count` samples each under a policy; a third one, where `kill`, is terminated on the way. */
export async function samples(count, policy, kill = false) {
  const first = memoryMade();
  const { core } = first;
  const recorder = core.recorderCreate(7n, policy, RING_BYTES, 4 * RING_BYTES, 16, 1024);
  core.recorderSwitch(recorder, 1);
  const labels = ["even", "odd"].map((text) => core.labelIntern(recorder, first.input(text), 0));
  const start = new Int32Array(new SharedArrayBuffer(4));
  const threads = [1, 2, ...(kill ? [3] : [])].map((number) => {
    const of = { module, memory: first.memory, recorder, origin: ORIGIN, values: THREAD_VALUES, labels, start };
    const thread = new Worker(new URL("samples-thread.mjs", import.meta.url), {
      workerData: { ...of, number, count: number === 3 ? 1e12 : count },
    });
    // What fails here must not leave a program that never ends.
    thread.unref();
    return thread;
  });
  const heard = (thread) => new Promise((resolve, reject) => thread.once("message", resolve).once("error", reject).ref());
  await Promise.all(threads.map(heard));
  let running = 2;
  let refused = 0;
  const ends = threads.slice(0, 2).map(async (thread) => {
    const theirs = await heard(thread);
    refused += theirs;
    running--;
  });
  Atomics.store(start, 0, 1);
  Atomics.notify(start, 0);

  const reader = new Reader();
  const decoder = new TextDecoder();
  const drained = () => {
    const turn = core.drainBegin(recorder, 0, 42);
    let text = "";
    do {
      const length = core.drainWrite(recorder, turn, 65536, 0);
      text += decoder.decode(first.bytes().slice(core.drainText(), core.drainText() + length));
    } while (!core.drainDone(recorder));
    if (core.drainCommit(recorder, turn) !== 0) throw new Error("the drain was not committed");
    reader.read(text);
  };
  let drains = 0;
  for (; running > 0; drains++) {
    drained();
    if (kill && drains === 20) await threads[2].terminate();
    await new Promise(setImmediate);
  }
  await Promise.all(ends);
  await Promise.all(threads.slice(0, 2).map((thread) => thread.terminate()));
  if (kill) await threads[2].terminate();
  drained();
  const [recorded, rows, dropped, waiting] = ["Recorded", "Rows", "Dropped", "Waiting"].map((what) => core[`recorder${what}`](recorder));
  const off = Math.abs(rows + dropped - recorded) + waiting + Math.abs(rows - reader.rows) + (kill ? 0 : Math.abs(recorded - 2 * count));
  // Where writers drop, the writers know how many.
  const unexplained = policy === 1 || kill ? 0 : Math.abs(dropped - refused);
  return { recorded, rows, dropped, drains, wrong: reader.wrong, off, unexplained };
}
