// Imports go downward only.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ASSEMBLY, BINDINGS, BINDINGS_UP, floorOf } from "./floors.mjs";
import { circle, files, imports, none, text } from "./sources.mjs";

const assembly = files("assembly/", ".ts");
const bindings = files("bindings/", ".ts");

/** A drawing of the floors, for messages. */
function drawn(floors) {
  return floors.map((floor) => floor.join(" ")).join("  <  ");
}

test("assembly/: every import goes to a lower floor or stays in its room", () => {
  const wrong = assembly.flatMap((path) => {
    const own = floorOf(ASSEMBLY, path.slice("assembly/".length));
    if (own === -1) return [`${path} is on no floor: put its room into test/tidy/floors.mjs, in its place`];
    return imports(path)
      .filter((edge) => {
        if (!edge.to.startsWith("assembly/")) return true;
        const other = floorOf(ASSEMBLY, edge.to.slice("assembly/".length));
        const sameRoom = edge.to.split("/").length === 3 && edge.to.split("/")[1] === path.split("/")[1];
        return other > own || (other === own && !sameRoom);
      })
      .map((edge) => `${edge.line} imports ${edge.to}, which is not below it`);
  });
  none(wrong, `Move what both need to the lower floor. The floors are\n  ${drawn(ASSEMBLY)}`);
});

test("assembly/: no file imports itself by a detour", () => {
  assert.equal(circle(assembly)?.join(" > "), undefined, "Move what they share into a file below both");
});

test("assembly/: nothing comes from outside but assembly/", () => {
  const foreign = assembly.filter((path) => /from "[^.]/.test(text(path)));
  none(foreign, "The core knows no package, no JavaScript and no runtime");
});

test("bindings/: every import goes to a lower floor", () => {
  const wrong = bindings.flatMap((path) => {
    const own = floorOf(BINDINGS, path.slice("bindings/".length));
    if (own === -1) return [`${path} is on no floor: put it into test/tidy/floors.mjs, in its place`];
    return imports(path)
      .filter((edge) => edge.to.startsWith("bindings/"))
      .filter((edge) => !(edge.type && BINDINGS_UP.some((up) => up.from === edge.from && up.to === edge.to)))
      .filter((edge) => floorOf(BINDINGS, edge.to.slice("bindings/".length)) >= own)
      .map((edge) => `${edge.line} imports ${edge.to}, which is not below it`);
  });
  none(wrong, `Move what both need to a lower floor, or pass it in. The floors are\n  ${drawn(BINDINGS)}`);
});

test("bindings/: no file imports itself by a detour", () => {
  const counted = (edge) => !(edge.type && BINDINGS_UP.some((up) => up.from === edge.from && up.to === edge.to));
  assert.equal(circle(bindings, counted)?.join(" > "), undefined, "Move what they share into a file below both");
});

test("bindings/: serve/ is imported by exposer.ts and collect.ts by registry.ts alone, for their values", () => {
  const wrong = bindings
    .flatMap((path) => imports(path))
    .filter((edge) => edge.to.startsWith("bindings/serve/") || edge.to === "bindings/collect.ts")
    .filter((edge) => edge.from !== (edge.to === "bindings/collect.ts" ? "bindings/registry.ts" : "bindings/exposer.ts"))
    .filter((edge) => !edge.from.startsWith("bindings/serve/"))
    .filter((edge) => !(edge.type || edge.from === "bindings/index.ts"))
    .map((edge) => `${edge.line} imports ${edge.to}`);
  none(wrong, "Go through the registry: collect() and handler() are its methods");
});

test("bindings/: of the core's sources only status.ts is read: TypeScript knows no offset", () => {
  const wrong = bindings
    .flatMap((path) => imports(path))
    .filter((edge) => edge.to.startsWith("assembly/") && edge.to !== "assembly/status.ts")
    .map((edge) => `${edge.line} imports ${edge.to}`);
  none(wrong, "Ask the core by an export instead");
});

test("bindings/: modules of a runtime are imported by its door and by those of the entries that are named here, and by nobody else", () => {
  const doors = ["bindings/worker_threads.ts", "bindings/node.ts", "bindings/bun.ts", "bindings/deno.ts"];
  // What all three have alike of files and of a process's end: see there.
  doors.push("bindings/processes/disk.ts", "bindings/processes/exits.ts", "bindings/processes/beside.ts", "bindings/processes/cli.ts");
  doors.push("bindings/processes/writer-thread.ts", "bindings/processes/spool-thread.ts", "bindings/processes/own-threads.ts");
  doors.push(
    "bindings/processes/typed.ts",
    "bindings/processes/parsed.ts",
    "bindings/processes/page.ts",
    "bindings/processes/receive-journal.ts",
  );
  // How long texts are that node:http is given.
  doors.push("bindings/http/sizes.ts");
  for (const file of ["auth", "connection", "page-file", "pem", "server", "exporter", "exporter-thread"])
    doors.push(`bindings/exporter/${file}.ts`);
  // The channels that undici publishes on; the edge has another door.
  doors.push("bindings/undici/observe.ts");
  // And what reads a /proc, in a thread of its own.
  for (const file of ["files", "kernel", "probe", "probe-thread"]) doors.push(`bindings/collect/probe/${file}.ts`);
  // What waits to be sent, in files.
  doors.push("bindings/push/disk-shelf.ts");
  // What asks the runtime about itself; the edge has another door.
  for (const file of [
    "where",
    "parts",
    "default-metrics",
    "usage",
    "start",
    "own-process",
    "cgroup",
    "delay",
    "utilization",
    "gc",
    "heap",
    "active",
    "version",
  ])
    doors.push(`bindings/collect/runtime/${file}.ts`);
  // A recorder's door of those that have files, and its thread; the edge has another.
  doors.push(...["index", "place", "drain-thread", "record-thread"].map((file) => `bindings/record/${file}.ts`));
  doors.push(...["process", "heap", "gc", "delay"].map((what) => `bindings/record/sampler-${what}.ts`));
  // What its profilers ask; loaded when there is one.
  doors.push("bindings/record/profile-inspector.ts");
  // node:http, which prom-client's Pushgateway speaks by; the edge has another door.
  doors.push("bindings/compat/index.ts");
  // Programs that are never bundled into another's.
  doors.push(...bindings.filter((path) => /^bindings\/(record|collect\/probe|lint|top)\/program\//.test(path)));
  const wrong = bindings.filter((path) => !doors.includes(path) && /from "(node|bun|deno):/.test(text(path)));
  none(wrong, "Pass what it needs in from the door: see bindings/runtime.ts");
});
