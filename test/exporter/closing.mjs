// A program that closes its exporter while a registry that was replaced has a scrape under way, and says when that is over.

import { once } from "node:events";
import { connect } from "node:net";
import { Registry } from "tallystick";
import { serve } from "tallystick/exporter";

const [before, after] = [new Registry(), new Registry()];
const many = before.gauge({ name: "many", help: "Many.", labelNames: ["i"] });
for (let i = 0; i < 2000; i++) many.set({ i: `${i}${"x".repeat(8000)}` }, i);
const exporter = await serve({ port: 0, registry: before, answerSeconds: 1 });
const slow = connect(exporter.port, "127.0.0.1");
slow.on("error", () => {});
slow.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
await once(slow, "readable");
slow.unref();
const replacing = exporter.replace(after).catch(() => {});
await exporter.close();
await replacing;
console.log("closed");
