// A program that asks itself in three ways; it prints how many of these were counted.

import { createServer } from "node:http";
import { once } from "node:events";
import { fetch as packageFetch, request } from "undici";
import { registry } from "tallystick";
import { observeUndici } from "tallystick/undici";

const stop = observeUndici();
const server = createServer((_, response) => response.end("text")).listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${server.address().port}/`;
const answers = [await (await fetch(url)).text(), await (await packageFetch(url)).text(), await (await request(url)).body.text()];
const page = new TextDecoder().decode((await registry.expose()).body);
/** Of all series of a metric together. */
const total = (name) => [...page.matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)$`, "gm"))].reduce((sum, [, value]) => sum + Number(value), 0);
const counted = total("http_client_request_duration_seconds_count");
const inFlight = total("http_client_requests_in_flight");
console.log(JSON.stringify({ answers, counted, inFlight }));
stop();
process.exit(0);
