// What does it add to a request that it is measured? Servers of one framework each, in processes of their own, asked in turns with one that
// measures nothing: microseconds of the server's CPU that a request takes beyond that.
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import express from "express";
import expressPromBundle from "express-prom-bundle";
import fastify from "fastify";
import fastifyMetrics from "fastify-metrics";
import { registry } from "tallystick";
import { instrument } from "tallystick/http";
import { check, hasOurs } from "./harness.mjs";
import { OURS } from "./subjects.mjs";

const CONNECTIONS = 8;
const BATCH = 1000;
const BATCHES = 8;
const BODY = "hello";
const REQUEST = "GET /users/42?page=3 HTTP/1.1\r\nhost: example.org\r\n\r\n";
const DURATIONS = { inFlight: false, requestSize: false, responseSize: false, labelFailures: false };

const HISTOGRAM = "http_request_duration_seconds";

/** Measures nothing. */
const BARE = { measure: () => undefined };

/** Ours, and how many requests were counted by it. */
const ours = (options) => ({
  measure: (app) => void instrument(app, options),
  counted: async () => {
    const lines = new TextDecoder().decode(registry.exposeSync().body).split("\n");
    return Number(lines.find((line) => line.startsWith(`${HISTOGRAM}_count{`))?.split(" ")[1]);
  },
});

/** What uses a prom-client, which `measure` gives, and how many requests were counted by it. */
const rival = (measure) => {
  let client;
  return {
    measure: async (app) => void (client = await measure(app)),
    counted: async () => {
      const { values } = await client.register.getSingleMetric(HISTOGRAM).get();
      return values.find(({ metricName }) => metricName === `${HISTOGRAM}_count`)?.value;
    },
  };
};

function bundle(app) {
  const middleware = expressPromBundle({ includeMethod: true, includePath: true });
  app.use(middleware);
  return middleware.promClient;
}

const plugin = (options) => async (app) => {
  await app.register(fastifyMetrics.default ?? fastifyMetrics, { defaultMetrics: { enabled: false }, ...options });
  return app.metrics.client;
};

/** How an application of each framework is measured, under the name of its row. */
const MEASURED = {
  express: {
    bare: () => BARE,
    [OURS]: () => ours(),
    [`${OURS}, durations alone`]: () => ours({ names: DURATIONS }),
    "express-prom-bundle": () => rival(bundle),
  },
  fastify: {
    bare: () => BARE,
    [OURS]: () => ours(),
    [`${OURS}, durations alone`]: () => ours({ names: DURATIONS }),
    "fastify-metrics": () => rival(plugin()),
    "fastify-metrics, its histogram alone": () => rival(plugin({ routeMetrics: { enabled: { histogram: true, summary: false } } })),
  },
};

async function serverOf(framework, measure) {
  if (framework === "express") {
    const app = express();
    await measure(app);
    app.get("/users/:id", (_, response) => response.send(BODY));
    return createServer(app);
  }
  const app = fastify();
  // It measures the routes that come behind it, once it is loaded.
  await measure(app);
  app.get("/users/:id", (_, reply) => reply.send(BODY));
  await app.ready();
  return app.server;
}

/** A server that tells its port, and whenever it is asked the CPU that it has taken. */
export async function probe(_, { framework, measured }) {
  const { measure, counted } = MEASURED[framework][measured]();
  const server = await serverOf(framework, measure);
  // Connections wait while the others are asked.
  server.keepAliveTimeout = 600_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return async (question) => {
    if (question === "counted") return { counted: await counted?.() };
    const { user, system } = process.cpuUsage();
    return { port: server.address().port, microseconds: user + system };
  };
}

/** Connections that ask as soon as they are answered. */
async function clients(port) {
  const sockets = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const socket = connect(port, "127.0.0.1").setNoDelay(true).setEncoding("latin1");
      await once(socket, "connect");
      return socket;
    }),
  );
  return {
    asked: (count) =>
      Promise.all(
        sockets.map(async (socket) => {
          for (let i = 0; i < count / CONNECTIONS; i++) {
            socket.write(REQUEST);
            let text = "";
            while (!text.endsWith(`\r\n\r\n${BODY}`)) [text] = [text + (await once(socket, "data"))[0]];
          }
        }),
      ),
    close: () => sockets.forEach((socket) => socket.destroy()),
  };
}

class Server {
  #process;
  #clients;
  #asked = 0;

  static async of(context, framework, measured) {
    const server = new Server();
    server.#process = context.start(OURS, { framework, measured });
    const { port } = await server.#process.ask("port");
    server.#clients = await clients(port);
    return server;
  }

  /** Microseconds of CPU of each of so many requests. */
  async took(count) {
    const before = await this.#process.ask("cpu");
    await this.#clients.asked(count);
    this.#asked += count;
    const after = await this.#process.ask("cpu");
    return (after.microseconds - before.microseconds) / count;
  }

  /** Who does not count does not measure. */
  async verify(name) {
    const { counted } = await this.#process.ask("counted");
    check(counted, this.#asked, `requests that ${name} counted`);
  }

  async close() {
    this.#clients.close();
    await this.#process.close();
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** What one server takes beyond another one, in turns. */
async function added(bare, server, batches) {
  const differences = [];
  for (let i = 0; i < batches; i++) {
    const [first, second] = i % 2 === 0 ? [bare, server] : [server, bare];
    const [one, two] = [await first.took(BATCH), await second.took(BATCH)];
    differences.push(i % 2 === 0 ? two - one : one - two);
  }
  return median(differences);
}

export async function run(context) {
  if (!hasOurs(context.subjects)) return;
  const batches = context.quick ? 2 : BATCHES;
  for (const [framework, measured] of Object.entries(MEASURED)) {
    const names = Object.keys(measured);
    const servers = new Map(await Promise.all(names.map(async (name) => [name, await Server.of(context, framework, name)])));
    // Compilers are done with all of them before anything is taken.
    for (const server of servers.values()) await server.took(context.quick ? 100 : 5000);
    const bare = servers.get("bare");
    await context.interleave(
      `${framework}-request-added`,
      "µs of CPU",
      names.slice(1).map((subject) => ({ subject, sample: () => added(bare, servers.get(subject), batches) })),
    );
    for (const [name, server] of servers) {
      if (server !== bare) await server.verify(name);
      await server.close();
    }
  }
}
