// timed() by the decorators of TypeScript's experimentalDecorators, compiled by TypeScript itself.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { recorder } from "tallystick/record";
import { folder } from "./recorded.mjs";

let count = 0;
const fresh = () => recorder({ prefix: `legacy-${count++}` });
const labels = (samples) =>
  new TextDecoder()
    .decode(Buffer.concat([...samples.drain()]))
    .split("\r\n")
    .slice(1, -1)
    .map((row) => row.split(",")[2]);

/** What a module exports that is compiled with the flag. */
async function compiled(source) {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, experimentalDecorators: true },
  });
  return import(`data:text/javascript,${encodeURIComponent(outputText)}`);
}

test("recorder.timed() times methods, getters and setters of experimentalDecorators, under their names", async () => {
  const samples = fresh();
  const { make } = await compiled(`
    export function make(samples: any) {
      class Store {
        #rows = 2;
        @samples.timed("named") get(key: string) { return key + this.#rows; }
        @samples.timed() async put() { return this.#rows; }
        @samples.timed() get size() { return this.#rows; }
        set size(rows: number) { this.#rows = rows; }
        @samples.timed() static all() { return "all"; }
        @samples.timed() throws() { throw new RangeError("no"); }
        plain() { return "plain"; }
      }
      return Store;
    }`);
  const Store = make(samples);
  const store = new Store();
  assert.equal(store.get("k"), "k2");
  assert.equal(await store.put(), 2);
  store.size = 3;
  assert.equal(store.size, 3);
  assert.equal(Store.all(), "all");
  assert.throws(() => store.throws(), RangeError);
  assert.equal(store.plain(), "plain");
  assert.deepEqual([store.get.name, store.get.length, Object.keys(Store.prototype)], ["get", 1, []]);
  assert.deepEqual(labels(samples), ["named", "put", "size", "size", "all", "throws"]);
  await samples.close();
});

test("recorder.timed() refuses fields and parameters of experimentalDecorators, and names the flag", async () => {
  const samples = fresh();
  const { field, parameter, whole } = await compiled(`
    export const field = (samples: any) => { class A { @samples.timed() later = () => 1; } return A; };
    export const parameter = (samples: any) => { class A { of(@samples.timed() x: number) { return x; } } return A; };
    export const whole = (samples: any) => { @samples.timed() class A {} return A; };`);
  for (const [make, key] of [
    [field, "later"],
    [parameter, "of"],
  ]) {
    assert.throws(() => make(samples), {
      name: "TypeError",
      message: new RegExp(
        `^Cannot time "${key}": with TypeScript's experimentalDecorators timed\\(\\) is for methods, getters and setters; `,
      ),
    });
  }
  assert.throws(() => whole(samples), { name: "TypeError", message: /^Cannot time "class": / });
  assert.deepEqual([samples.statistics.recorded, samples.statistics.refusedLabels], [0, 0]);
  await samples.close();
});

test("recorder.timed() keeps what decorators before it said of a method by reflect-metadata", async (t) => {
  const own = new Map();
  const metadata = {
    getOwnMetadataKeys: (target) => [...(own.get(target)?.keys() ?? [])],
    getOwnMetadata: (key, target) => own.get(target).get(key),
    defineMetadata: (key, value, target) => own.set(target, new Map(own.get(target)).set(key, value)),
  };
  Object.assign(Reflect, metadata);
  t.after(() => Object.keys(metadata).forEach((name) => delete Reflect[name]));
  const samples = fresh();
  const { make } = await compiled(`
    const get = (path: string): any => (_t: any, _k: any, { value }: any) => void (Reflect as any).defineMetadata("path", path, value);
    export const make = (samples: any) => { class A { @samples.timed() @get("/users") list() { return 1; } } return A; };`);
  const { list } = make(samples).prototype;
  assert.equal(Reflect.getOwnMetadata("path", list), "/users");
  await samples.close();
});

test("recorder.timed() has types for experimentalDecorators: members keep theirs, and a field is an error", () => {
  const dir = folder();
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "decorated.ts");
  writeFileSync(
    file,
    `import { recorder } from "tallystick/record";
    const samples = recorder();
    export class Store {
      @samples.timed("named") get(key: string): string { return key; }
      @samples.timed() async put(): Promise<number> { return 1; }
      @samples.timed() get size(): number { return 1; }
      @samples.timed() static all(): string { return "all"; }
      // @ts-expect-error It is no member that has a descriptor.
      @samples.timed() later = () => 1;
    }
    export const sum: (a: number, b: number) => number = samples.timed("sum")((a: number, b: number) => a + b);`,
  );
  const types = fileURLToPath(new URL("../../dist/types/bindings/record/index.d.ts", import.meta.url));
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    types: [],
    skipLibCheck: true,
    experimentalDecorators: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    paths: { "tallystick/record": [types] },
  });
  const said = ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  assert.deepEqual(said, []);
});
