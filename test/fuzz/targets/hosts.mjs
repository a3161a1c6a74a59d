// Files of a /proc that went wrong, as the probe reads them: rounds go on, numbers that are shown are numbers, and none goes back.

import assert from "node:assert/strict";
import { Registry } from "tallystick";
import { lint } from "tallystick/lint";
import { FakeHost, FakeProbe, socketLine, statLine } from "../../collect/fakes.mjs";
import { mutated } from "../mutate.mjs";

const encoder = new TextEncoder();
const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
/** What stands in the files, by their paths. */
const FILES = {
  stat: "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\nctxt 5\nbtime 1700000000\nprocesses 9\nprocs_running 1\nprocs_blocked 0\n",
  loadavg: "0.50 0.25 0.10 1/200 999\n",
  meminfo: "MemTotal:  100 kB\nMemFree: 50 kB\nMemAvailable: 70 kB\nBuffers: 1 kB\nCached: 2 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
  diskstats: "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n   8       1 sda1 1 2 3 4 5 6 7 8 9 10 11\n",
  "net/dev":
    "Inter-|   Receive |  Transmit\n face |bytes    packets\n    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
  uptime: "1000.50 900.25\n",
  "7/stat": statLine(7, { comm: "node (a) R 1", user: 5 }),
  "7/io": "rchar: 5\nwchar: 6\nsyscr: 7\nsyscw: 8\nread_bytes: 1\nwrite_bytes: 2\ncancelled_write_bytes: 0\n",
  "7/net/tcp": HEAD + socketLine("01"),
  "7/cmdline": "node\0--flag\0",
  "8/stat": statLine(8, { comm: "sound", user: 3 }),
};
const NAMES = Object.keys(FILES).filter((name) => !name.startsWith("8/"));

export const hosts = {
  name: "hosts",
  about: "files of a /proc as the probe reads them",
  runs: 5000,
  short: 40,
  async open() {
    const host = new FakeHost();
    const bytesOf = (name) => (typeof FILES[name] === "string" ? encoder.encode(FILES[name]) : new Uint8Array(FILES[name]));
    return {
      input(random) {
        const wrong = Array.from({ length: 1 + random.below(3) }, () => random.of(NAMES));
        return wrong.map((name) => ({
          name,
          body: Buffer.from(mutated(bytesOf(name), random, bytesOf(random.of(NAMES)))).toString("latin1"),
        }));
      },
      check(input) {
        for (const name of Object.keys(FILES)) host.write(name, FILES[name]);
        const registry = new Registry();
        try {
          const probe = new FakeProbe(host, {}, registry);
          probe.round(2);
          const before = probe.page();
          for (const { name, body } of input) host.write(name, Buffer.from(body, "latin1"));
          probe.round(2);
          const page = new TextDecoder().decode(registry.exposeSync({ dialect: "openmetrics" }).body);
          const after = probe.page();
          const faults = lint(page, { format: "openmetrics" }).filter(({ severity }) => severity === "error");
          assert.deepEqual(faults, []);
          for (const [sample, value] of Object.entries(after)) {
            assert.ok(!Number.isNaN(value), sample);
            const is = before[sample];
            if (/_total(\{|$)/.test(sample) && is !== undefined) assert.ok(value >= is, `${sample}: ${is}, then ${value}`);
          }
        } finally {
          registry.close();
        }
      },
    };
  },
};
