// A project of a user whose libraries ask for prom-client and get tallystick: packed packages, npm's `overrides`, no network.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { project } from "../runtimes/packed.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Libraries for prom-client, and what they stand on, as they are installed here. */
const INSTALLED = ["express-prom-bundle", "fastify-metrics", "on-finished", "ee-first", "url-value-parser", "fastify-plugin"];
/** What is asked for beside and is not used: types, and a peer that the test brings along. */
const EMPTY = { "@types/express": "5.0.0", fastify: "5.12.8" };

const PUBLISHED = ["name", "version", "type", "main", "exports", "types", "dependencies", "peerDependencies", "peerDependenciesMeta"];

/** The folder of a project where npm has put one package in the place of both. */
export function overridden() {
  // The package as it is published is in its node_modules: from there it is a package that is given by its path.
  const path = project("compat");
  const given = join(path, "given");
  const at = (name) => join(given, name.replace("/", "-"));
  const inside = (name) => join(at(name), "package");
  const copied = (name, from) => cpSync(from, inside(name), { recursive: true });
  copied("tallystick", join(path, "node_modules/tallystick"));
  copied("tallystick-prom-client", join(path, "node_modules/tallystick/compat/prom-client"));
  for (const name of INSTALLED) {
    copied(name, join(ROOT, "node_modules", name));
    // What npm reads of a package that comes from its registry: nothing of how it was made.
    const manifest = join(inside(name), "package.json");
    const read = JSON.parse(readFileSync(manifest, "utf8"));
    writeFileSync(manifest, JSON.stringify(Object.fromEntries(Object.entries(read).filter(([key]) => PUBLISHED.includes(key)))));
  }
  for (const [name, version] of Object.entries(EMPTY)) {
    mkdirSync(inside(name), { recursive: true });
    writeFileSync(join(inside(name), "package.json"), JSON.stringify({ name, version }));
  }
  const file = (name) => {
    execFileSync("tar", ["-czf", `${at(name)}.tgz`, "-C", at(name), "package"]);
    return `file:${at(name)}.tgz`;
  };
  const compat = file("tallystick-prom-client");
  const rest = [...INSTALLED.slice(2), ...Object.keys(EMPTY)];
  const app = join(path, "app");
  mkdirSync(app);
  writeFileSync(
    join(app, "package.json"),
    JSON.stringify({
      name: "app",
      private: true,
      type: "module",
      dependencies: Object.fromEntries(["tallystick", "express-prom-bundle", "fastify-metrics"].map((name) => [name, file(name)])),
      overrides: { "prom-client": compat, "@prometheus-io/client": compat, ...Object.fromEntries(rest.map((name) => [name, file(name)])) },
    }),
  );
  const running = process.env.npm_execpath?.endsWith("npm-cli.js") ? [process.execPath, process.env.npm_execpath] : ["npm"];
  const [command, ...args] = [...running, "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync(command, args, { cwd: app, stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, npm_config_dry_run: "false" } });
  return app;
}
