// What is handed to other systems, in whichever runtime: program.mjs URL. Says what came of it, and ends by itself.

import process from "node:process";
import { Registry } from "tallystick";
import { pushgateway } from "tallystick/pushgateway";

const [url] = process.argv.slice(2);
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
// Keeps no program alive.
gateway.pushEvery(0.1);
gateway.pushEvery(3600);
console.log("ends");
