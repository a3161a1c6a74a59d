// The edge's door: one isolate, no threads. The Wasm is a static import, for nothing may be compiled here;
// nothing at import needs time, randomness or timers.

import module from "./core.edge.wasm";
import { NO_PARENT, setRuntime, type Slices } from "./runtime.ts";

async function* compressed(_coding: string, slices: Slices): Slices {
  const { readable, writable } = new CompressionStream("gzip");
  const [reader, writer] = [readable.getReader(), writable.getWriter()];
  const writing = async () => {
    for await (const slice of slices) await writer.write(slice);
    await writer.close();
  };
  writing().catch((error: unknown) => writer.abort(error).catch(() => undefined));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value as Uint8Array<ArrayBuffer>;
  }
}

setRuntime({
  module: () => module,
  shared: false,
  thread: 0,
  bytes: (length) => new Uint8Array(length),
  pause: () => Promise.resolve(),
  codings: () => (typeof CompressionStream === "function" ? ["gzip"] : []),
  compressed,
  parent: () => NO_PARENT,
  inherited: () => undefined,
  bequeath: () => undefined,
});

export * from "./index.ts";
