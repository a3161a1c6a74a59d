// What `cluster()` needs of a runtime with processes: taken where it is asked for, so that whoever does not ask loads
// nothing.

import { atExit } from "./exits.ts";
import type { ClusterHost } from "./cluster-channel.ts";
import type { ClusterPrimary } from "./cluster-collector.ts";
import type { WorkerProcess } from "./cluster-worker.ts";

/** What the runtime has of it. */
export interface ClusterRuntime {
  readonly host: ClusterHost;
  readonly process: WorkerProcess;
  readonly cluster: (ClusterPrimary & { readonly isWorker: boolean }) | undefined;
}

/** node:buffer's, as far as it is needed. */
type BufferLike = Uint8Array & {
  toString(coding: "base64"): string;
  write(text: string, coding: "base64"): number;
};

interface BufferClass {
  from(buffer: ArrayBufferLike, at: number, length: number): BufferLike;
  allocUnsafeSlow(length: number): BufferLike;
}

interface Timers {
  setTimeout(task: () => void, milliseconds: number): { unref(): void };
  clearTimeout(timer: object): void;
  setImmediate(task: () => void): unknown;
}

type NodeProcess = ClusterRuntime["process"] & { getBuiltinModule(name: string): unknown };

/** Larger ones are let go again: most are about 30 kB. */
const SCRATCH_BYTES_MOST = 1048576;

function codingOf(Buffer: BufferClass): ClusterHost["coding"] {
  let scratch: BufferLike | undefined;
  return {
    text: ({ buffer, byteOffset, length }) => Buffer.from(buffer, byteOffset, length).toString("base64"),
    bytes: (text) => {
      const most = Math.ceil((text.length * 3) / 4);
      let into = scratch;
      if (into === undefined || into.length < most) into = Buffer.allocUnsafeSlow(most);
      if (into.length <= SCRATCH_BYTES_MOST) scratch = into;
      return into.subarray(0, into.write(text, "base64"));
    },
  };
}

/** @internal Where there are no processes, undefined. */
export function clusterRuntime(): ClusterRuntime | undefined {
  const { process } = globalThis as unknown as { readonly process?: Partial<NodeProcess> };
  if (process?.getBuiltinModule === undefined) return undefined;
  const own = process as NodeProcess;
  const { Buffer } = own.getBuiltinModule("node:buffer") as { readonly Buffer: BufferClass };
  const timers = own.getBuiltinModule("node:timers") as Timers;
  return {
    process: own,
    cluster: own.getBuiltinModule("node:cluster") as ClusterRuntime["cluster"],
    host: {
      coding: codingOf(Buffer),
      pause: () => new Promise((resolve) => timers.setImmediate(() => resolve())),
      later: (milliseconds, task) => {
        const timer = timers.setTimeout(task, milliseconds);
        timer.unref();
        return () => timers.clearTimeout(timer);
      },
      atExit,
    },
  };
}
