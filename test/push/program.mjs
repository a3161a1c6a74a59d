// What is handed to other systems, in whichever runtime: program.mjs URL. Says what came of it, and ends by itself.

import process from "node:process";
import { inspect } from "node:util";
import { Registry } from "tallystick";
import { otlp } from "tallystick/otlp";
import { pushgateway } from "tallystick/pushgateway";
import { remoteWrite } from "tallystick/remote-write";

const [url, directory] = process.argv.slice(2);
const registry = new Registry();
registry.counter({ name: "jobs", help: "Jobs." }).inc(3);

const told = (what) => (error) => console.log(what, error.name, error.code, error.status);
const gateway = pushgateway({ url: `${url}/gateway`, job: "a/b", registry, gzip: true });
await gateway.push();
console.log("pushed");
await pushgateway({ url: `${url}/refused`, job: "x", registry })
  .push()
  .catch(told("refused"));
await pushgateway({ url: `${url}/silent`, job: "x", registry, timeoutSeconds: 0.2 })
  .push()
  .catch(told("silent"));
await pushgateway({ url: "http://127.0.0.1:1", job: "x", registry }).push().catch(told("nobody"));
// A query may be a secret, and runtimes have the URL in their errors.
await pushgateway({ url: `${url.replace("//", "//me:s3cret@")}/garbage?token=s3cret`, job: "x", registry })
  .push()
  .catch((error) =>
    console.log("garbage", error.code, /garbage/.test(error.message), inspect(error, { depth: 9, showHidden: true }).includes("s3cret")),
  );

const quiet = { registry, labels: { job: "j" }, onError: told("remote write"), include: ["jobs"] };
const writer = remoteWrite({ ...quiet, url: `${url}/write`, version: 2, intervalSeconds: 0.1 });
console.log("written", await writer.flush());
await writer.close();
console.log("closed", writer.statistics.dropped, writer.statistics.waitingRequests, writer.statistics.version);
const refused = remoteWrite({ ...quiet, url: `${url}/refused`, intervalSeconds: 0 });
console.log("refused", await refused.flush());
// What waits is in files, and another one sends it.
const away = remoteWrite({ ...quiet, url: "http://127.0.0.1:1/", intervalSeconds: 0, closeSeconds: 0, directory });
console.log("away", await away.flush());
await away.close();
const back = remoteWrite({ ...quiet, url: `${url}/back`, intervalSeconds: 0, directory });
console.log("back", await back.flush(), back.statistics.waitingRequests);

const exporter = otlp({ registry, include: ["jobs"], url, protocol: "json", intervalSeconds: 0.1, gzip: true });
console.log("exported", await exporter.flush());
await exporter.close();
console.log("closed", exporter.statistics.dropped, exporter.statistics.failures);

// Keeps no program alive.
otlp({ registry, url });
remoteWrite({ ...quiet, url: `${url}/write` });
gateway.pushEvery(0.1);
gateway.pushEvery(3600);
console.log("ends");
