// `tallystick/prom-client`: prom-client's API over tallystick, for programs and libraries that are written for it.

import { joinsBy } from "./cluster.ts";

export * from "./client.ts";
export { client as default } from "./client.ts";

joinsBy(async () => (await import("../processes/index.ts")).cluster());
