// What an exporter is given that it cannot serve with: the error says what, and what to do. And who waits for its end.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "tallystick/exporter";
import { handler } from "tallystick/http";

const noOpenssl = spawnSync("openssl", ["version"]).status !== 0 && "there is no openssl";

test("serve: a port and an address that cannot be had are named, with what to do", async (t) => {
  const first = await serve({ port: 0, thread: false });
  t.after(() => first.close());
  const { port } = first;
  for (const thread of [true, false]) {
    const busy = `Cannot serve metrics at "127.0.0.1", port ${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}`;
    const cure = "give another port, or 0 for any that is free; of several processes one serves for all";
    await assert.rejects(serve({ port, thread, onError: () => {} }), { message: `${busy}; ${cure}` });
  }
  await assert.rejects(serve({ port: 0, host: "192.0.2.1", thread: false }), /EADDRNOTAVAIL.*; host must be an address of this machine$/);
});

test("serve: credentials that are empty or null are none, and let nobody in", async () => {
  for (const auth of [
    { user: "a", password: "" },
    { user: "a", password: null },
    { user: null, password: "b" },
    { user: "", password: "" },
    { bearer: null },
    { bearer: "" },
  ]) {
    for (const made of [() => serve({ port: 0, thread: false, auth }), async () => handler({ auth })])
      await assert.rejects(made(), { name: "TypeError", message: /^Cannot use auth of (serve|handler): .* not empty$/ });
  }
  const exporter = await serve({ port: 0, thread: false, auth: { bearer: null, user: "a", password: "b" } });
  const status = async (of) => (await fetch(exporter.url, { headers: { authorization: `Basic ${btoa(of)}` } })).status;
  assert.deepEqual([await status("a:b"), await status("a:null"), await status("a:")], [200, 401, 401]);
  await exporter.close();
});

test("serve: of tls that cannot be used the error names the option, and shows nothing of it", { skip: noOpenssl }, async (t) => {
  const root = mkdtempSync(join(tmpdir(), "tallystick-given-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const made = (name) => {
    const [key, cert] = [join(root, `${name}.key`), join(root, `${name}.crt`)];
    const args = [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
      "-subj",
      "/CN=localhost",
    ];
    execFileSync("openssl", [...args, "-keyout", key, "-out", cert], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  };
  const [own, other] = [made("own"), made("other")];
  const locked = execFileSync("openssl", ["ec", "-aes256", "-passout", "pass:hunter2"], {
    input: own.key,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const encrypted = { key: String(locked), cert: own.cert };
  for (const [tls, option] of [
    [{ key: own.key, cert: "secret" }, "cert"],
    [{ key: own.cert, cert: own.key }, "cert"],
    [{ key: "secret", cert: own.cert }, "key"],
    [{ key: other.key, cert: own.cert }, "key"],
    [encrypted, "key"],
    [{ ...encrypted, passphrase: "secret" }, "key"],
    [{ ...own, ca: "secret" }, "ca"],
  ]) {
    await assert.rejects(serve({ port: 0, tls }), (error) => {
      assert.deepEqual([error.name, error.code], ["ExporterError", "listen"]);
      assert.match(error.message, new RegExp(`^Cannot serve metrics at "127\\.0\\.0\\.1", port 0: ${option} of tls cannot be used: `));
      if (tls.key !== other.key) assert.match(error.cause.code, /^ERR_/);
      assert.doesNotMatch(error.message, /secret|BEGIN/);
      return true;
    });
  }
  // Of an empty one the runtime trusts whoever it trusts elsewhere: clients of any certificate that somebody sells.
  for (const tls of [
    { key: "", cert: "" },
    { ...own, ca: "" },
  ]) {
    await assert.rejects(serve({ port: 0, tls }), { name: "TypeError", message: /^Cannot use tls of serve: .* and no empty ca$/ });
  }
  for (const tls of [
    { ...own, ca: null, passphrase: null },
    { ...encrypted, passphrase: "hunter2" },
  ]) {
    const exporter = await serve({ port: 0, thread: false, tls });
    const options = { port: exporter.port, path: "/-/healthy", rejectUnauthorized: false, agent: false };
    const [answer] = await once(get(options), "response");
    answer.resume();
    assert.equal(answer.statusCode, 200);
    await exporter.close();
  }
});

test("serve: who waits for close() is kept alive, also where a registry that was replaced is let go of meanwhile", () => {
  const program = fileURLToPath(new URL("closing.mjs", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
  assert.deepEqual([status, stdout], [0, "closed\n"], stderr);
});
