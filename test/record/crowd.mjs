// Threads of two processes record into one directory at full speed while somebody takes the files away; one process is killed.
// Every file is whole, each writer's samples are in order, and rows, drops and what was recorded add up.

import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { names, rowsOf } from "./recorded.mjs";

const PROGRAM = fileURLToPath(new URL("fixtures/crowd.mjs", import.meta.url));

function begin(dir, threads, count) {
  const child = spawn(process.execPath, [PROGRAM, dir, String(threads), String(count)], { stdio: ["ignore", "pipe", "inherit"] });
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

/** Reads whatever is there, takes it away, and looks whether it is right. */
class Taker {
  rows = new Map();
  wrong = 0;
  files = 0;
  #last = new Map();

  take(dir, most = Infinity) {
    if (!existsSync(dir)) return;
    for (const name of names(dir).slice(0, most)) {
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
