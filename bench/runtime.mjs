// What does a collection of all default metrics cost, and the page of them, beside the rivals' in the same process?
import { setImmediate as turn } from "node:timers/promises";
import { check } from "./harness.mjs";
import { load } from "./rivals/load.mjs";
import { OURS } from "./subjects.mjs";

/** Of one sample: enough for the clock, and few enough to interleave. */
const COLLECTIONS = 40;
const QUICK_COLLECTIONS = 5;

async function tallystick() {
  const { Registry } = await import("tallystick");
  const { collectDefaultMetrics } = await import("tallystick/runtime");
  const registry = new Registry();
  const collecting = collectDefaultMetrics({ registry });
  const text = async () => new TextDecoder().decode((await registry.expose()).body);
  return { collected: () => registry.collected(), page: () => registry.expose(), text, close: () => collecting.close() };
}

async function promClient(name) {
  const { collectDefaultMetrics, Registry } = await load(name);
  const register = new Registry();
  collectDefaultMetrics({ register });
  return { collected: () => register.getMetricsAsJSON(), page: () => register.metrics(), text: () => register.metrics(), close: () => {} };
}

export async function run(context) {
  const subjects = await context.loaded();
  const all = await Promise.all(
    subjects.map(async ({ name }) => ({ subject: name, ...(await (name === OURS ? tallystick() : promClient(name))) })),
  );
  const collections = context.quick ? QUICK_COLLECTIONS : COLLECTIONS;
  for (const what of ["collected", "page"]) {
    const entries = all.map(({ subject, [what]: collect }) => ({
      subject,
      async sample() {
        let elapsed = 0;
        for (let i = 0; i < collections; i++) {
          // What a collection leaves for the next turn of the loop is its own, and is done before the next one.
          await turn();
          const start = performance.now();
          await collect();
          elapsed += performance.now() - start;
        }
        return (elapsed * 1_000) / collections;
      },
    }));
    await context.interleave(what, "µs", entries);
  }
  for (const { subject, text, close } of all) {
    check(/^process_cpu_seconds_total /m.test(await text()), true, `${subject}, the CPU on its page`);
    close();
  }
}
