// Certificates: what is wrong with one is said, what could not be sent waits, and an own CA and a certificate of one's own go by `fetch`.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Registry } from "tallystick";
import { otlp } from "tallystick/otlp";
import { pushgateway } from "tallystick/pushgateway";
import { remoteWrite } from "tallystick/remote-write";
import { Agent } from "undici";

const skip = spawnSync("openssl", ["version"]).status !== 0 && "there is no openssl";

/** An authority, and certificates of it by the name of their host. */
function authority(t) {
  const folder = mkdtempSync(join(tmpdir(), "tallystick-tls-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const read = (name) => readFileSync(join(folder, name), "utf8");
  const keyed = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...keyed, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=own");
  return {
    ca: read("ca.pem"),
    made(host, days = 2) {
      writeFileSync(join(folder, "san"), `subjectAltName=DNS:${host}`);
      openssl("req", ...keyed, "-keyout", "own.key", "-out", "own.csr", "-subj", `/CN=${host}`);
      const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "san", "-days", String(days)];
      openssl("x509", "-req", "-in", "own.csr", "-out", "own.pem", ...signed);
      return { key: read("own.key"), cert: read("own.pem") };
    },
  };
}

test("certificates: each sender says what is wrong with one, and what remote write could not send waits", { skip }, async (t) => {
  const { ca, made } = authority(t);
  const registry = new Registry();
  registry.counter({ name: "jobs", help: "J." }).inc();
  const good = made("localhost");
  const client = made("client");
  const servers = {
    unknown: [good, {}, /certificate/],
    expired: [made("localhost", -1), { ca }, /certificate has expired/],
    another: [made("other.example"), { ca }, /does not match certificate's altnames.*other\.example/],
    anonymous: [{ ...good, ca, requestCert: true }, { ca }, /fetch failed: \S+/],
    right: [{ ...good, ca, requestCert: true }, { ca, ...client }, undefined],
  };
  for (const [name, [own, connect, words]] of Object.entries(servers)) {
    const asked = [];
    const server = createServer(own, (request, response) => {
      asked.push(request.socket.getPeerCertificate().subject?.CN);
      request.resume().on("end", () => response.writeHead(200).end());
    }).listen(0);
    await once(server, "listening");
    const url = `https://localhost:${server.address().port}`;
    const dispatcher = new Agent({ connect });
    const told = [];
    const onError = (error) => told.push(error);
    const options = { url, registry, fetch: (to, init) => fetch(to, { ...init, dispatcher }) };
    const pushed = pushgateway({ ...options, job: "x" }).push();
    const senders = [remoteWrite, otlp].map((made) => made({ ...options, onError, intervalSeconds: 3600, closeSeconds: 0.001 }));
    if (words === undefined) await pushed;
    else await assert.rejects(pushed, ({ code, message }) => code === "no-answer" && words.test(message), name);
    for (const sender of senders) await sender.flush();
    assert.equal(told.length, words === undefined ? 0 : 2, name);
    for (const { code, message } of told) assert.ok(code === "no-answer" && words.test(message), `${name}: ${message}`);
    assert.equal(senders[0].statistics.waitingRequests, words === undefined ? 0 : 1, name);
    assert.deepEqual([...new Set(asked)], words === undefined ? ["client"] : [], name);
    await Promise.all(senders.map((sender) => sender.close()));
    await dispatcher.destroy();
    server.closeAllConnections();
    server.close();
  }
});
