// Probes that report the entities of their hosts to a collector, all in this process: as images, as JSON, and merged both ways.
import { spooling } from "../test/processes/spooling.mjs";

const { Exporter, Registry, Source } = spooling;

const FAMILIES = ["process_cpu_seconds", "process_resident_memory_bytes", "process_open_fds"];
const METRICS = ["cpu", "memory", "fds"];
const COMMANDS = ["bash", "chrome", "node", "postgres", "python3", "sshd", "systemd", "worker"];
const PID_FIRST = 1_200;
const labelNames = ["command", "pid"];

/** Sums of doubles in different orders differ by less, and what is added up is in hundredths. */
const hundredths = (value) => Math.round(value * 100) / 100;

/** What one probe knows of its host; `host` is a default label of its registry, undefined for none. */
export class Reporter {
  #host;
  #registry;
  #exporter;
  #handles;
  #values;
  #turn = 0;
  #round = 0;

  constructor(host, entities, instance) {
    this.#host = host;
    this.#registry = new Registry(host === undefined ? {} : { labels: { host } });
    const [name, resident, descriptors] = FAMILIES;
    const cpu = this.#registry.counter({ name, help: "CPU that was used.", labelNames });
    const memory = this.#registry.gauge({ name: resident, help: "Memory that is not swapped out.", labelNames });
    const fds = this.#registry.gauge({ name: descriptors, help: "Open descriptors.", labelNames });
    this.#handles = Array.from({ length: entities }, (_, i) => {
      const labels = { command: COMMANDS[(i * 7) % COMMANDS.length], pid: `${PID_FIRST + i * 3}` };
      return { labels, cpu: cpu.labels(labels), memory: memory.labels(labels), fds: fds.labels(labels) };
    });
    this.#values = this.#handles.map(() => ({ cpu: 0, memory: 0, fds: 0 }));
    this.#exporter = new Exporter(this.#registry, {}, instance);
    this.change(1);
  }

  /** Changes all values of so large a share of the entities, always other ones; their numbers. */
  change(share) {
    const count = Math.max(1, Math.round(this.#handles.length * share));
    const changed = [];
    this.#round++;
    for (let i = 0; i < count; i++) {
      const at = this.#turn++ % this.#handles.length;
      const [handle, value] = [this.#handles[at], this.#values[at]];
      // As the kernel has them: ticks of 10 ms, pages of 4 KiB.
      const ticks = 1 + ((at + this.#round) % 100);
      handle.cpu.inc(ticks / 100);
      value.cpu = Math.round(value.cpu * 100 + ticks) / 100;
      handle.memory.set((value.memory = (1_000 + ((at * 31 + this.#round * 17) % 50_000)) * 4_096));
      handle.fds.set((value.fds = 3 + ((at + this.#round) % 200)));
      changed.push(at);
    }
    return changed;
  }

  frames(full) {
    return [...this.#exporter.frames({ full, ended: false })];
  }

  /** Some entities in as little JSON as says the same: the host and the time once, and of each node its name, once, and its values. */
  report(numbers = this.#handles.keys()) {
    const nodes = {};
    for (const number of numbers) {
      const { command, pid } = this.#handles[number].labels;
      const { cpu, memory, fds } = this.#values[number];
      nodes[`${command};${pid}`] = [cpu, memory, fds];
    }
    return { host: this.#host, at: Date.now(), nodes };
  }

  /** The same as weaveworks/scope has it: each node has its labels beside its name, a time, and names for its values. */
  reportAsScope(numbers = this.#handles.keys()) {
    const nodes = {};
    const at = Date.now();
    for (const number of numbers) {
      const { command, pid } = this.#handles[number].labels;
      const { cpu, memory, fds } = this.#values[number];
      const labels = this.#host === undefined ? { command, pid } : { host: this.#host, command, pid };
      nodes[`${this.#host ?? ""};${command};${pid}`] = { labels, at, cpu, memory, fds };
    }
    return { nodes };
  }

  close() {
    this.#exporter.close();
    this.#registry.close();
  }
}

/** Probes of so many hosts. `apart`: each has other entities than the others, else all have the same series. */
export const reporters = (count, entities, apart) =>
  Array.from({ length: count }, (_, i) => new Reporter(apart ? `host-${i}` : undefined, entities, BigInt(i + 1)));

/** The page of so many probes. */
export class Collector {
  #registry = new Registry();
  #source = new Source(this.#registry, 1n);
  #processes;

  constructor(count) {
    this.#processes = Array.from({ length: count }, () => this.#source.process());
  }

  /** Takes in what each probe says, and shows it. */
  merge(reports) {
    for (let i = 0; i < reports.length; i++) for (const frame of reports[i]) this.#processes[i].apply(frame);
    this.#source.publish();
  }

  /** How many series each family has, and the sum of their values. */
  totals() {
    const lines = new TextDecoder().decode(this.#registry.exposeSync().body).split("\n");
    return FAMILIES.map((name) => {
      const own = lines.filter((line) => line.startsWith(name));
      return { series: own.length, total: hundredths(own.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0)) };
    });
  }

  close() {
    this.#source.close();
    this.#registry.close();
  }
}

/** The same in plain JavaScript: of each host's nodes their values, added up where several probes have one. */
export function plainMerge(reports) {
  const hosts = new Map();
  for (const { host, nodes } of reports) {
    let merged = hosts.get(host);
    if (merged === undefined) hosts.set(host, (merged = new Map()));
    for (const name in nodes) {
      const [cpu, memory, fds] = nodes[name];
      const there = merged.get(name);
      if (there === undefined) merged.set(name, { cpu, memory, fds });
      else {
        there.cpu += cpu;
        there.memory += memory;
        there.fds += fds;
      }
    }
  }
  return hosts;
}

/** What `totals` says, of the nodes of a plain merge. */
export function plainTotals(hosts) {
  const nodes = [...hosts.values()].flatMap((merged) => [...merged.values()]);
  return METRICS.map((metric) => ({ series: nodes.length, total: hundredths(nodes.reduce((sum, node) => sum + node[metric], 0)) }));
}

/** Processes with a gauge of mode `all`, every series of which is set anew for each merge; `merged` and `plain` give what merges what they say. */
export function valuesApart(count, series) {
  const processes = Array.from({ length: count }, (_, i) => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: "queue_depth", help: "Jobs that wait.", labelNames: ["queue"], mode: "all" });
    const handles = Array.from({ length: series }, (_each, number) => gauge.labels(`queue ${number}`));
    return { pid: i + 1, registry, handles, exporter: new Exporter(registry, {}, BigInt(i + 1) << 20n) };
  });
  const registry = new Registry();
  const source = new Source(registry, 1n);
  const members = processes.map(() => source.process());
  let value = 0;
  const merged = () => {
    value++;
    const images = processes.map(({ handles, exporter }) => {
      for (const handle of handles) handle.set(value);
      return [...exporter.frames({ full: false, ended: false })];
    });
    return () => {
      for (const [i, frames] of images.entries()) for (const frame of frames) members[i].apply(frame);
      source.publish();
    };
  };
  const plain = (isText = false) => {
    value++;
    const reports = processes.map(({ pid }) => Array.from({ length: series }, (_, number) => [`queue ${number}`, pid, value]));
    const texts = reports.map((report) => JSON.stringify(report));
    return () => {
      const page = new Map();
      for (const report of isText ? texts.map((text) => JSON.parse(text)) : reports) {
        for (const [queue, pid, each] of report) {
          let own = page.get(queue);
          if (own === undefined) page.set(queue, (own = new Map()));
          own.set(pid, each);
        }
      }
      return page;
    };
  };
  const close = () => {
    for (const { exporter, registry: own } of processes) {
      exporter.close();
      own.close();
    }
    source.close();
    registry.close();
  };
  return { merged, plain, close };
}
