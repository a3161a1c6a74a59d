// A measuring process: runs one benchmark's file, or answers what another measuring process asks about one subject.
import { createInterface } from "node:readline";
import { Context, say } from "./harness.mjs";

const { question, ...task } = JSON.parse(process.argv[2]);
const bench = await import(`./${task.bench}.mjs`);
const context = new Context(task);
if (question === undefined) {
  await bench.run(context);
} else {
  const answer = await bench.probe(context, question);
  for await (const line of createInterface({ input: process.stdin })) say(await answer(JSON.parse(line)));
}
// Rivals may hold handles open, and worker threads are of no more use here.
process.exit(0);
