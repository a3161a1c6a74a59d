// Secrets in what is told: errors with all that stands behind them, the console, and what is printed of an object that has one.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import { inspect } from "node:util";
import { Registry } from "tallystick";
import { serve } from "tallystick/exporter";
import { handler } from "tallystick/http";
import { otlp } from "tallystick/otlp";
import { pusher, receiver } from "tallystick/push";
import { pushgateway } from "tallystick/pushgateway";
import { remoteWrite } from "tallystick/remote-write";

/** What a token, a password, a header, and a query say, each its own. */
const SECRETS = ["s3cret-token", "s3cret-password", "s3cret-header", "s3cret-query"];
const [TOKEN, PASSWORD, HEADER, QUERY] = SECRETS;
const ALL = { depth: Infinity, showHidden: true, getters: true, maxArrayLength: null, maxStringLength: null };

/** Everything that a person or a log may be shown of a thing. */
function shown(thing) {
  const texts = [inspect(thing, ALL), String(thing?.stack ?? ""), String(thing?.message ?? "")];
  try {
    texts.push(JSON.stringify(thing) ?? "");
  } catch {
    // It holds itself.
  }
  return texts.join("\n");
}

function none(things, what) {
  for (const thing of things) {
    const text = shown(thing);
    for (const secret of SECRETS) {
      assert.ok(!text.includes(secret), `${what}: ${secret} is in ${text.slice(0, 2000)}`);
      assert.ok(!text.includes(Buffer.from(`me:${secret}`).toString("base64")), `${what}: ${secret} is there in base64`);
    }
  }
}

/** What the console is told meanwhile. */
function listening(t) {
  const heard = [];
  for (const level of ["log", "info", "warn", "error", "debug"]) t.mock.method(console, level, (...words) => heard.push(...words));
  return heard;
}

/** Where nobody is, where all is refused in the words of what was asked, and where the connection breaks. */
async function addresses(t) {
  const server = createServer((request, response) => {
    if (request.url.startsWith("/broken")) response.destroy();
    else response.writeHead(401).end(`${request.url} ${JSON.stringify(request.headers)}`.replaceAll(/s3cret-\w+|bWU6\S+?(?=")/g, "…"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address();
  return [
    "http://127.0.0.1:1/none",
    `http://127.0.0.1:${port}/refused`,
    `http://127.0.0.1:${port}/broken`,
    "http://no-such-host.invalid/x",
  ];
}

/** A way out by a function of its options, and how it is made to go. */
const WAYS = {
  pusher: [(options) => pusher(options), (made) => made.push()],
  pushgateway: [(options) => pushgateway({ job: "backup", ...options }), (made) => made.push()],
  remoteWrite: [(options) => remoteWrite({ intervalSeconds: 0, closeSeconds: 0, ...options }), (made) => made.flush()],
  otlp: [(options) => otlp({ intervalSeconds: 0, closeSeconds: 0, ...options }), (made) => made.flush()],
};

for (const [name, [make, go]] of Object.entries(WAYS)) {
  test(`${name}: no token, password, header or query is in an error, on the console, or in what is printed of it`, async (t) => {
    const heard = listening(t);
    for (const address of await addresses(t)) {
      const told = [];
      const registry = new Registry();
      registry.counter({ name: "jobs", help: "Help." }).inc();
      const url = `${address}?key=${QUERY}`;
      const common = { url, registry, onError: (error) => told.push(error) };
      const ways =
        name === "pusher"
          ? [{ ...common, token: TOKEN }]
          : [
              { ...common, auth: { bearer: TOKEN }, headers: { "x-key": HEADER } },
              { ...common, auth: { user: "me", password: PASSWORD } },
              { ...common, url: url.replace("//", `//me:${PASSWORD}@`) },
              { ...common, onError: undefined, auth: { bearer: TOKEN } },
            ];
      for (const options of ways) {
        let made;
        try {
          made = make(options);
          none([made], `${name} itself`);
          await go(made);
        } catch (error) {
          told.push(error);
        }
        try {
          // A pushgateway's keeps nothing going.
          await made?.close?.();
        } catch (error) {
          told.push(error);
        }
      }
      assert.ok(told.length > 0, `nothing was told of ${address}`);
      none(told, name);
      registry.close();
    }
    none(heard, `${name}, on the console`);
  });
}

test("serve, handler and receiver: no token and no password is in an answer, an error, on the console, or in what is printed of them", async (t) => {
  const heard = listening(t);
  const registry = new Registry();
  t.after(() => registry.close());
  const told = [];
  for (const auth of [{ bearer: [TOKEN, HEADER] }, { user: "me", password: PASSWORD }]) {
    for (const thread of [true, false]) {
      const exporter = await serve({ port: 0, registry, auth, thread, onError: (error) => told.push(error) });
      const answer = await fetch(exporter.url, { headers: { authorization: "Bearer wrong" } });
      assert.equal(answer.status, 401);
      none([exporter, exporter.url, [...answer.headers], await answer.text()], "serve");
      const { port } = new URL(exporter.url);
      const again = await serve({ port: Number(port), registry, auth, thread }).catch((error) => error);
      assert.ok(again instanceof Error);
      none([again], "serve, of a port that is taken");
      await exporter.close();
    }
    const endpoint = handler({ registry, auth });
    const answer = await endpoint.fetch(new Request("https://example.org/metrics"));
    assert.equal(answer.status, 401);
    none([endpoint, [...answer.headers], await answer.text()], "handler");
  }
  const taking = receiver({ registry, token: TOKEN, onError: (error) => told.push(error) });
  const answer = await taking(new Request("https://example.org/push", { method: "POST", headers: { authorization: `Bearer ${QUERY}` } }));
  assert.equal(answer.status, 403);
  none([taking, [...answer.headers], await answer.text(), ...told], "receiver");
  await taking.close();
  none(heard, "on the console");
});

test("none finds a secret in a cause, in a property that is hidden, in a map, in base64 and in words", () => {
  const hidden = Object.defineProperty({}, "token", { value: TOKEN, enumerable: false });
  const basic = `Basic ${Buffer.from(`me:${PASSWORD}`).toString("base64")}`;
  for (const thing of [
    new Error("x", { cause: new Error(`y ${QUERY}`) }),
    hidden,
    new Map([["a", { b: [HEADER] }]]),
    basic,
    `a ${TOKEN} b`,
  ])
    assert.throws(() => none([thing], "this"), /^AssertionError.*this: /);
  none([new Error("x"), { token: "other" }, "s3cret"], "this");
});
