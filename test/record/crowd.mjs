// Threads of two processes record into one directory at full speed while somebody takes the files away; one process is killed.
// Every file is whole, each writer's samples are in order, and rows, drops and what was recorded add up.

import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { names, rowsOf } from "./recorded.mjs";

const PROGRAM = fileURLToPath(new URL("fixtures/crowd.mjs", import.meta.url));

function begin(dir, threads, count, ...thread) {
  const args = [PROGRAM, dir, String(threads), String(count), ...thread];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = [];
  let begins;
  const begun = new Promise((resolve) => (begins = resolve));
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === "begun") begins();
    else lines.push(line);
  });
  const closed = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  return { child, begun, closed, lines };
}

const PART = "0000000100000000.csv".length;

/** A listing may lack a file that is older than one it has, where both came meanwhile: the next listing has it. */
function listed(dir) {
  const newest = new Map(names(dir).map((name) => [name.slice(0, -PART), name]));
  return names(dir).filter((name) => name <= (newest.get(name.slice(0, -PART)) ?? ""));
}

/** Reads whatever is there, takes it away, and looks whether it is right. */
class Taker {
  rows = new Map();
  wrong = 0;
  files = 0;
  #last = new Map();

  take(dir, most = Infinity) {
    if (!existsSync(dir)) return;
    for (const name of listed(dir).slice(0, most)) {
      for (const { time, value, label, pid } of rowsOf(join(dir, name))) {
        const last = this.#last.get(label) ?? { value: 0, time: 0n };
        if (!label.startsWith(`${pid}-`) || value <= last.value || time < last.time || String(value % 2) !== label.at(-1)) this.wrong++;
        this.#last.set(label, { value, time });
        this.rows.set(pid, (this.rows.get(pid) ?? 0) + 1);
      }
      this.files++;
      rmSync(join(dir, name));
    }
  }
}

/** `count` samples from each of so many threads of two processes; one of them is killed once `kill` rows of it are there. */
export async function crowd(dir, threads, count, kill, tell = () => {}) {
  const living = begin(dir, threads, count);
  const killed = begin(dir, threads, count * 100);
  await Promise.all([living.begun, killed.begun]);
  const taker = new Taker();
  let done;
  let ends = false;
  const over = living.closed.then((end) => ((ends = true), (done = end)));
  let isKilled = false;
  while (!ends || !isKilled) {
    // Whoever writes is faster than we are.
    taker.take(dir, 20);
    if (!isKilled && (taker.rows.get(killed.child.pid) ?? 0) > kill) {
      killed.child.kill("SIGKILL");
      isKilled = true;
    }
    tell(taker.rows.get(living.child.pid) ?? 0);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all([over, killed.closed]);
  taker.take(dir);
  const said = living.lines.filter((line) => !line.startsWith("{"));
  const { recorded, written, dropped, waiting } = JSON.parse(living.lines.find((line) => line.startsWith("{")) ?? "{}");
  const rows = taker.rows.get(living.child.pid) ?? 0;
  return {
    code: done.code,
    said,
    wrong: taker.wrong,
    files: taker.files,
    recorded,
    dropped,
    rows,
    rowsOfTheKilled: taker.rows.get(killed.child.pid) ?? 0,
    /** Samples that nobody can account for. */
    off: Math.abs(recorded - threads * count) + Math.abs(rows - written) + Math.abs(written + dropped - recorded) + waiting,
  };
}

/** Threads of two processes that write themselves, so that nothing is dropped, while a reader takes files away at once. */
export async function together(dir, threads, count) {
  const all = [1, 2].map(() => begin(dir, threads, count, "own"));
  const taker = new Taker();
  let running = all.length;
  const ends = all.map(({ closed }) => closed.finally(() => running--));
  while (running > 0) {
    taker.take(dir);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const codes = (await Promise.all(ends)).map(({ code }) => code);
  taker.take(dir);
  return {
    codes,
    said: all.flatMap(({ lines }) => lines.filter((line) => !line.startsWith("{"))),
    wrong: taker.wrong,
    files: taker.files,
    rows: all.map(({ child }) => taker.rows.get(child.pid)),
    dropped: all.map(({ lines }) => JSON.parse(lines.find((line) => line.startsWith("{")) ?? "{}").dropped),
  };
}
