// A /proc of files, and a probe over it whose clock stands still until it is told: what a host may have is said, and what is
// shown of it is read from the page.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { probing } from "./internals.mjs";

const { Registry, registry: defaultRegistry, Rounds, settingsOf, Shown } = probing;
const root = mkdtempSync(join(tmpdir(), "tallystick-probe-"));
after(() => rmSync(root, { recursive: true, force: true }));
let hosts = 0;

/** A line of /proc/PID/stat with what the probe reads. */
export function statLine(
  pid,
  { comm = "sleep", state = "S", parent = 1, flags = 0, user = 0, system = 0, threads = 1, start = 100, resident = 10 },
) {
  const head = Buffer.concat([Buffer.from(`${pid} (`), Buffer.from(comm), Buffer.from(`) ${state}`)]);
  return Buffer.concat([
    head,
    Buffer.from(
      ` ${parent} 1 1 0 -1 ${flags} 11 12 13 14 ${user} ${system} 7 8 20 0 ${threads} 0 ${start} 900 ${resident} 18446744073709551615 1 2\n`,
    ),
  ]);
}

/** A line of /proc/net/tcp or udp in a state. */
export const socketLine = (state) =>
  `   0: 0100007F:1F90 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 1234 1 0000000000000000 100 0 0 10 0\n`;
const SOCKET_HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

export class FakeHost {
  proc = join(root, String(hosts++));

  constructor() {
    mkdirSync(this.proc);
  }

  write(path, content) {
    const file = join(this.proc, path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, content);
  }

  remove(path) {
    rmSync(join(this.proc, String(path)), { recursive: true, force: true });
  }

  /** A process; `fds`, `io` and `net` where they can be read. */
  process(pid, { fds, io, net, namespace = 1, ...told } = {}) {
    this.write(`${pid}/stat`, statLine(pid, told));
    if (fds !== undefined) {
      this.remove(`${pid}/fd`);
      for (let fd = 0; fd < fds; fd++) this.write(`${pid}/fd/${fd}`, "");
    }
    if (io !== undefined) {
      const [read, written] = io;
      this.write(
        `${pid}/io`,
        `rchar: 5\nwchar: 6\nsyscr: 7\nsyscw: 8\nread_bytes: ${read}\nwrite_bytes: ${written}\ncancelled_write_bytes: 0\n`,
      );
    }
    if (net === undefined) return;
    this.remove(`${pid}/ns`);
    mkdirSync(join(this.proc, `${pid}/ns`));
    symlinkSync(`net:[${namespace}]`, join(this.proc, `${pid}/ns/net`));
    for (const [table, states] of Object.entries(net)) this.write(`${pid}/net/${table}`, SOCKET_HEAD + states.map(socketLine).join(""));
  }
}

/** The samples of a page: by name, or by name and labels. */
export function samplesOf(text) {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

/** A probe of a host, round by round. */
export class FakeProbe {
  now = 1000;
  /** Seconds that each step works, and CPU that it takes. */
  cost = 0;
  spent = 0;
  steps = 0;
  found;
  /** Seconds that pass with each reading of the clock, and by which the time of day is away from the machine's. */
  tick = 0;
  away = 0;

  constructor(host, options = {}, registry = new Registry()) {
    this.registry = registry;
    this.settings = settingsOf({ proc: host.proc, ...options }, defaultRegistry);
    this.shown = new Shown(this.registry, this.settings.by, () => {});
    const clock = { seconds: () => (this.now += this.tick), epoch: () => Date.now() / 1000 + this.away, spent: () => this.spent };
    this.rounds = new Rounds(this.settings, clock, (found) => {
      this.found = found;
      this.ended = true;
      this.shown.show(found);
    });
  }

  /** One step; the clock goes on to the next. Returns how long that was. */
  step() {
    this.steps++;
    const wait = this.rounds.step();
    this.spent += this.cost;
    this.now += wait;
    return wait;
  }

  /** Up to the end of a round, or of so many. */
  round(count = 1) {
    for (let i = 0; i < count; i++) {
      this.ended = false;
      while (!this.ended) this.step();
    }
    return this;
  }

  page() {
    return samplesOf(new TextDecoder().decode(this.registry.exposeSync().body));
  }

  /** Those that begin so. */
  samples(prefix) {
    return Object.fromEntries(Object.entries(this.page()).filter(([name]) => name.startsWith(prefix)));
  }
}
