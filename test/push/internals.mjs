// The inside of what hands metrics to other systems, bundled: its shared pieces have tests of their own.

import { bundled } from "../bundled.mjs";

const outfile = await bundled(
  "push-outlets",
  `
    export { snappy, unsnappy } from "./bindings/push/snappy.ts";
    export { Backoff } from "./bindings/push/backoff.ts";
    export { nextRound } from "./bindings/push/next-round.ts";
    export { retryAfterSeconds } from "./bindings/processes/retry-after.ts";
    export { MemoryShelf, Queue } from "./bindings/push/queue.ts";
    export { OwnOfRemoteWrite } from "./bindings/push/own.ts";
    export { Delivery } from "./bindings/push/delivery.ts";
    export { Lease, Turns } from "./bindings/push/turns.ts";
    export { DiskShelf } from "./bindings/push/disk-shelf.ts";
    export { ProtoWriter } from "./bindings/push/proto-writer.ts";
    export { ProtoReader } from "./bindings/push/proto-reader.ts";
    export { SeriesTable, sortedLabels } from "./bindings/push/series.ts";
    export { secondAsFirst } from "./bindings/push/transcode.ts";
  `,
  { platform: "neutral", external: ["node:*", "undici"] },
);

export const inside = await import(outfile);
