// The same over real threads: each observes its share, one is terminated, and its cells are adopted or folded.

import { Registry } from "tallystick";
import { hired } from "../bindings/hired.mjs";
import { DISTRIBUTIONS } from "./distributions.mjs";
import { metricsOf, told } from "./observed.mjs";
import { faultsOf } from "./quantiles.mjs";

const room = JSON.stringify(new URL("observed.mjs", import.meta.url).href);
const OBSERVING = `
  const { metricsOf, observed } = await import(${room});
  const tasks = {
    observe({ accuracy, values }) {
      observed(metricsOf(registry, accuracy), values);
    },
  };`;

/** Three threads and this one, all distributions that are named, a registry each: what is wrong. */
export async function judgedThreads(names, accuracy, count, random) {
  const faults = [];
  for (const name of names) {
    const registry = new Registry();
    const threads = await Promise.all([1, 2, 3].map(() => hired(registry, OBSERVING)));
    try {
      const values = DISTRIBUTIONS[name](random, count, accuracy);
      const shares = threads.map(() => []);
      for (const value of values) random.from(shares).push(value);
      await Promise.all(threads.map((thread, i) => thread.ask("observe", { accuracy, values: shares[i] })));
      const metrics = metricsOf(registry, accuracy);
      const judge = (when) => faults.push(...faultsOf(told(metrics), shares, accuracy).map((fault) => `${name}, ${when}: ${fault}`));
      judge("three threads");
      await threads[0].end();
      judge("one of them dead");
      const last = await hired(registry, OBSERVING);
      threads.push(last);
      await last.ask("observe", { accuracy, values: shares[0] });
      // Of each metric it goes on in the dead one's cell, or begins its own: what both observed is one share or two.
      const twice = [...shares[0], ...shares[0]];
      const [adopted, own] = [
        [twice, ...shares.slice(1)],
        [shares[0], ...shares],
      ].map((each) => faultsOf(told(metrics), each, accuracy));
      faults.push(...own.filter((fault) => adopted.includes(fault)).map((fault) => `${name}, one in its place: ${fault}`));
    } finally {
      await Promise.all(threads.map((thread) => thread.end()));
      registry.close();
    }
  }
  return faults;
}
