// What Node, Deno and Bun have in common: `node:worker_threads`.

import {
  BroadcastChannel,
  getEnvironmentData,
  isMainThread,
  MessageChannel,
  type MessagePort,
  setEnvironmentData,
  threadId,
  type Worker,
} from "node:worker_threads";
import { Buffer } from "node:buffer";
import { setImmediate, setTimeout } from "node:timers";
import process from "node:process";
import type * as WorkerThreads from "node:worker_threads";
import type * as Zlib from "node:zlib";
import { begin } from "./threads.ts";
import { CORE } from "./generated/core.ts";
import { registry } from "./index.ts";
import { NO_PARENT, setRuntime, type Slices } from "./runtime.ts";
import type { Ticket } from "./ticket.ts";
import { usable, whenComing } from "./thread.ts";

const KEY = "tallystick";
/** Set while this thread waits to be answered: its other copies of the library and the threads it starts wait, too. */
const LATE = "tallystick.late";
/** Who started whom: each thread leaves its own number and its parent's to those that it starts. */
const FAMILY = "tallystick.threads";
const WATCHERS = Symbol.for("tallystick.watchers");

type Bequest = Ticket & { readonly thread: number };
type Data = Parameters<typeof setEnvironmentData>[1];
type Born = (thread: number, died: (listener: () => void) => void) => void;

/**
 * What the thread that started this one handed on. What this thread set itself is no inheritance: another realm
 * did, as Jest makes one for each test file, and they are to know nothing of each other.
 */
function inherited(): Ticket | undefined {
  const bequest = usable(getEnvironmentData(KEY)) as Bequest | undefined;
  return bequest?.thread === threadId ? undefined : bequest;
}

function bequeath(ticket: unknown): void {
  const now = usable(ticket);
  if (now === undefined) setEnvironmentData(KEY, undefined);
  else if (inherited()?.memory !== now.memory) setEnvironmentData(KEY, { ...now, thread: threadId } as unknown as Data);
}

interface Descent {
  readonly thread: number;
  readonly parent: number;
}

/** The thread that started this one, as far as it loaded the library; leaves word for those that this one starts. */
function descended(): number {
  const left = getEnvironmentData(FAMILY) as unknown as Descent | undefined;
  let parent = NO_PARENT;
  if (left !== undefined && !isMainThread) parent = left.thread === threadId ? left.parent : left.thread;
  setEnvironmentData(FAMILY, { thread: threadId, parent } as unknown as Data);
  return parent;
}

/**
 * The end of a channel that closes when this thread ends, whoever ends it. In Node after its last store: 60 of 60 times,
 * in the middle of a loop that stores.
 */
let life: MessagePort | undefined;

/**
 * Hands the first thread the other end. For a thread whose birth nobody saw, as the library was not loaded where it was
 * started: neither its parent nor anyone else would notice its end. Node 22.0 to 22.4 know no way to hand it over.
 */
function announced(): void {
  const { postMessageToThread } = process.getBuiltinModule("node:worker_threads") as Partial<typeof WorkerThreads>;
  if (life !== undefined || postMessageToThread === undefined) return;
  const { port1, port2 } = new MessageChannel();
  life = port1;
  port1.unref();
  postMessageToThread(0, { [KEY]: "life", port: port2 }, [port2]).catch(() => {
    // The library is not loaded there; the next memory that this thread comes to may be from there.
    port1.close();
    life = undefined;
  });
}

/** The end that a thread handed over; undefined for messages that the program sends itself. */
function lifeOf(message: unknown): MessagePort | undefined {
  const { [KEY]: word, port } = (message ?? {}) as { readonly [KEY]?: unknown; readonly port?: MessagePort };
  return word === "life" ? port : undefined;
}

/** One listener for all copies of the library: with one each, Node warns of a leak from the eleventh on. */
function watch(born: Born, hears: boolean): void {
  const shared = process as { [WATCHERS]?: Set<Born> };
  if (shared[WATCHERS] !== undefined) {
    shared[WATCHERS].add(born);
    return;
  }
  const watchers = (shared[WATCHERS] = new Set([born]));
  /** Tells all copies of a thread; what is returned tells them of its end. */
  const told = (thread: number) => {
    const listeners: (() => void)[] = [];
    for (const watcher of watchers) watcher(thread, (listener) => listeners.push(listener));
    return () => {
      for (const listener of listeners) listener();
    };
  };
  process.on("worker", (worker: Worker | (EventTarget & { readonly threadId: number })) => {
    const died = told(worker.threadId);
    // Bun tells of its web Workers, too, which know no `once` and call it `close`.
    if ("once" in worker) worker.once("exit", died);
    else worker.addEventListener("close", died);
  });
  if (!hears) return;
  process.on("workerMessage", (message, thread) => {
    const port = lifeOf(message);
    port?.once("close", told(thread));
    port?.unref();
  });
}

function decoded(): Uint8Array<ArrayBuffer> {
  const text = atob(CORE);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Loaded by the first who asks for it: that takes 1 ms, of 20 to the first `inc()`. */
function zlib(): typeof Zlib & { readonly createZstdCompress?: () => Zlib.Gzip } {
  return process.getBuiltinModule("node:zlib");
}

/** 3.9 MB of histograms: 227 kB in 5 ms; by level 6, the default, 194 kB in 21 ms. */
const GZIP_LEVEL = 3;

/** By node:zlib, whose work is done in threads of its own. */
async function* compressed(coding: string, slices: Slices): Slices {
  const stream = coding === "zstd" ? zlib().createZstdCompress!() : zlib().createGzip({ level: GZIP_LEVEL });
  const write = (slice: Uint8Array) =>
    new Promise<void>((resolve, reject) => stream.write(slice, (error) => (error ? reject(error) : resolve())));
  const writing = async () => {
    for await (const slice of slices) await write(slice);
    stream.end();
  };
  writing().catch((error: Error) => stream.destroy(error));
  yield* stream as AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** Opens the door. */
export function open(options: { readonly exitProves: boolean; readonly channel: boolean }): void {
  const parent = descended();
  setRuntime({
    module: () => new WebAssembly.Module(decoded()),
    shared: true,
    thread: threadId,
    // Not zeroed first: 9 MB of fresh zeros cost a third of the scrape that fills them.
    bytes: (length) => Buffer.allocUnsafeSlow(length),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    // Node has zstd since 22.15.
    codings: () => ("createZstdCompress" in zlib() ? ["zstd", "gzip"] : ["gzip"]),
    compressed,
    parent: () => parent,
    inherited,
    bequeath,
  });
  const channel = (receive: (message: unknown) => void) => {
    const broadcast = new BroadcastChannel(KEY);
    broadcast.onmessage = (event: unknown) => receive((event as { readonly data: unknown }).data);
    broadcast.unref();
    return { post: (message: unknown) => broadcast.postMessage(message), close: () => broadcast.close() };
  };
  if (options.channel && !isMainThread && parent === NO_PARENT) whenComing(announced);
  const late = options.channel && !isMainThread && (inherited() === undefined || getEnvironmentData(LATE) === true);
  if (late) setEnvironmentData(LATE, true);
  begin(
    {
      first: isMainThread,
      exitProves: options.exitProves,
      watch: (born) => watch(born, options.channel && isMainThread),
      later: (milliseconds, task) => void setTimeout(task, milliseconds).unref(),
      ...(options.channel ? { channel } : {}),
    },
    late,
    (place) => {
      setEnvironmentData(LATE, undefined);
      if (place !== undefined) registry.moveTo(place);
    },
  );
}
