#!/usr/bin/env node
// npx tallystick collect --dir DIR --port N: serves the sum of what processes left in a spool, standing alone.

import { createServer } from "node:http";
import process from "node:process";
import { parseArgs } from "node:util";
import { registry } from "../index.ts";
import { readMultiprocessDir } from "./beside.ts";
import { spool } from "./spooled.ts";

const USAGE = `Usage: tallystick collect [options]

Serves what the processes of an application left in a spool, added up, at /metrics.

  --dir DIR          the spool's directory; once
  --python DIR       a directory of Python's prometheus_client in multiprocess mode, beside it or alone; may be repeated
  --port N           9464 by default, 0 for any
  --host HOST        127.0.0.1 by default
  --name NAME        the registry's name, where processes gave one
  --run NAME         the run's name, where processes gave one
  --application NAME what tells the application from others
  --keep-totals      takes what earlier runs counted along
  --help
`;

const OPTIONS = {
  dir: { type: "string" },
  python: { type: "string", multiple: true },
  port: { type: "string", default: "9464" },
  host: { type: "string", default: "127.0.0.1" },
  name: { type: "string" },
  run: { type: "string" },
  application: { type: "string" },
  "keep-totals": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Of what was typed. */
const EXIT_USAGE = 64;
const PORT_MOST = 65535;

function refuse(why: string): never {
  process.stderr.write(`tallystick: ${why}\n\n${USAGE}`);
  process.exit(EXIT_USAGE);
}

function parsed() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

const { values, positionals } = parsed();
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (positionals.length !== 1 || positionals[0] !== "collect") refuse(`unknown command "${positionals.join(" ")}": there is collect`);
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > PORT_MOST) refuse(`--port is "${values.port}", which is none from 0 to ${PORT_MOST}`);
if (values.dir === undefined && values.python === undefined) refuse("there is nothing to collect: give --dir or --python");

const onError = (error: unknown) => process.stderr.write(`tallystick: ${error instanceof Error ? error.message : String(error)}\n`);
if (values.dir !== undefined) {
  const { name, run, application } = values;
  const named = { ...(name === undefined ? {} : { name }), ...(run === undefined ? {} : { run }) };
  const whose = application === undefined ? {} : { application };
  spool({ dir: values.dir, write: false, keepTotals: values["keep-totals"], onError, ...named, ...whose });
}
for (const dir of values.python ?? []) readMultiprocessDir(dir, { onError });

const handler = registry.nodeHandler();
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  if (pathname === "/metrics") {
    handler(request, response);
    return;
  }
  response.writeHead(pathname === "/" ? 302 : 404, { location: "/metrics" }).end();
});
server.on("error", (error) => {
  process.stderr.write(`tallystick: ${error.message}\n`);
  process.exit(1);
});
server.listen(port, values.host, () => {
  const address = server.address();
  const told = typeof address === "object" && address !== null ? address.port : port;
  process.stdout.write(`tallystick serves http://${values.host}:${told}/metrics\n`);
});
