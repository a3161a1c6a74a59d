// What does a series cost that is made, counted once and removed, with never more than 10,000 alive, and what does it leave?
import { OURS } from "./subjects.mjs";

const ALIVE = 10_000;
const STEPS = 100_000;

export async function run(context) {
  const [ours] = (await context.loaded()).filter(({ name }) => name === OURS);
  for (const type of ["counter", "histogram", "native", "summary"]) {
    const child = context.start(ours.name, { type });
    const rounds = [];
    for (let round = 0; round < (context.quick ? 2 : 5); round += 1) {
      context.progress(`${type} round ${round + 1}`);
      rounds.push(await child.ask("churn"));
    }
    await child.close();
    context.row(
      `${type}-made-and-removed`,
      ours.name,
      "µs/series",
      rounds.map(({ microseconds }) => microseconds),
    );
    context.row(
      `${type}-memory-against-the-first-20000`,
      ours.name,
      "times",
      rounds.map(({ growth }) => growth),
    );
  }
}

export async function probe(context, { type }) {
  const { create } = await context.subject();
  const registry = create();
  const metric = registry[type](type === "counter" ? "churned_total" : "churned", ["n"]);
  const verb = type === "counter" ? "inc" : "observe";
  let next = 0;
  const step = () => {
    metric[verb]({ n: String(next) }, 1);
    if (next >= ALIVE) metric.remove(String(next - ALIVE));
    next += 1;
  };
  for (let i = 0; i < 2 * ALIVE; i += 1) step();
  const first = registry.arenaBytes();
  return async () => {
    const start = performance.now();
    for (let i = 0; i < STEPS; i += 1) step();
    return { microseconds: ((performance.now() - start) * 1000) / STEPS, growth: registry.arenaBytes() / first };
  };
}
