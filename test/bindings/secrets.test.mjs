// Secrets stay out of errors: what was passed in the wrong shape may be a token, and errors go to logs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "tallystick/exporter";
import { handler } from "tallystick/http";
import { otlp } from "tallystick/otlp";
import { pusher, receiver } from "tallystick/push";
import { pushgateway } from "tallystick/pushgateway";
import { remoteWrite } from "tallystick/remote-write";

const SECRET = "s3cret";
const url = "http://collector.example";
const job = "backup";

for (const [what, call, must] of [
  ["serve", () => serve({ auth: SECRET }), /Cannot use a string as auth of serve: it must be \{ bearer \} or \{ user, password \}$/],
  ["serve, a symbol as bearer", () => serve({ auth: { bearer: Symbol(SECRET) } }), /a symbol as bearer/],
  ["serve, tls", () => serve({ tls: SECRET }), /a string as tls of serve/],
  ["serve, a passphrase", () => serve({ tls: { key: "k", cert: "c", passphrase: Symbol(SECRET) } }), /a symbol as passphrase/],
  ["handler", () => handler({ auth: SECRET }), /a string as auth of handler: it must be \{ bearer \}/],
  ["pushgateway", () => pushgateway({ url, job, auth: SECRET }), /a string as auth of pushgateway: it must be \{ bearer \}/],
  ["pushgateway, headers", () => pushgateway({ url, job, headers: SECRET }), /a string as headers of pushgateway/],
  ["pushgateway, a URL alone", () => pushgateway(`http://me:${SECRET}@gateway.example`), /a URL as the options of pushgateway/],
  ["remoteWrite", () => remoteWrite({ url, auth: SECRET }), /a string as auth of remoteWrite/],
  ["otlp", () => otlp({ url, auth: SECRET }), /a string as auth of otlp/],
  ["pusher", () => pusher({ url, token: Symbol(SECRET) }), /a symbol as token of pusher/],
  ["receiver, forward", () => receiver({ token: "t", forward: SECRET }), /a string as forward of receiver/],
]) {
  test(`${what}: what may be a secret is told by its kind alone`, async () => {
    const error = await (async () => call())().then(
      () => assert.fail("it was taken"),
      (thrown) => thrown,
    );
    assert.match(error.message, must);
    assert.ok(!error.message.includes(SECRET), error.message);
  });
}
