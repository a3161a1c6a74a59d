// `tallystick top` in every runtime that has programs.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { each, run, said, THREADED } from "../runtimes/programs.mjs";

const CLI = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));

each(THREADED, "top --once, and as JSON", async (runtime, t) => {
  let asked = 0;
  const server = createServer((_request, response) =>
    response.writeHead(200, { "content-type": "text/plain" }).end(`# TYPE a_total counter\na_total ${++asked}\n`),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  const table = await run(runtime, CLI, ["top", url, "--once", "--interval", "0.1"]);
  assert.equal(table.code, 0, said(table));
  assert.match(table.stdout, /^METRIC +VALUE +RATE +P50 +P99\na_total +2 +[\d.]+\/s\n\n$/, said(table));
  const json = await run(runtime, CLI, ["top", url, "--once", "--json", "--interval", "0.1"]);
  assert.deepEqual(JSON.parse(json.stdout).series.map(({ name, value }) => [name, value]), [["a_total", 4]], said(json)); // prettier-ignore
  const down = await run(runtime, CLI, ["top", "192.0.2.1:9", "--once", "--timeout", "0.3"]);
  assert.equal(down.code, 2, said(down));
  assert.match(down.stderr, /^tallystick: Cannot read http:\/\/192\.0\.2\.1:9\/metrics: .+\n$/);
});
