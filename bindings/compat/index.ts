// `tallystick/prom-client`: prom-client's API over tallystick, for programs and libraries that are written for it.

import * as http from "node:http";
import * as https from "node:https";
import { gzipSync } from "node:zlib";
import { joinsBy } from "./cluster.ts";
import { pushesBy } from "./pushgateway.ts";

export * from "./client.ts";
export { client as default } from "./whole.ts";

joinsBy(async () => (await import("../processes/index.ts")).cluster());
pushesBy({
  http: (url, options, answered) => http.request(url, options, answered),
  https: (url, options, answered) => https.request(url, options, answered),
  gzip: (text) => gzipSync(text),
});
