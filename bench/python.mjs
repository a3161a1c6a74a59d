// Python's client as a rival: a process of it that answers with pages.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PYTHON = "/usr/bin/python3";
export const CLIENT = "python3-prometheus-client";

/** A process of Python's client that answers with a page; undefined where there is none. */
export async function client() {
  const child = spawn(PYTHON, [fileURLToPath(new URL("multiprocess.py", import.meta.url))], { stdio: ["pipe", "pipe", "ignore"] });
  child.on("error", () => undefined);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { done, value } = await answers.next();
  if (done) return undefined;
  return {
    format: JSON.parse(value).mostrecent ? "v25" : "v16",
    async page(folder) {
      child.stdin.write(`${JSON.stringify(folder)}\n`);
      return JSON.parse((await answers.next()).value);
    },
    async close() {
      child.stdin.end();
      await once(child, "close");
    },
  };
}
