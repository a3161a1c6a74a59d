// How many bytes does whoever bundles a door take along, minified and after gzip? What rivals are is bundled alike.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { check } from "./harness.mjs";
import { OURS, SUBJECTS } from "./subjects.mjs";

const SIZES = fileURLToPath(new URL("../scripts/size.mjs", import.meta.url));
const RIVALS = fileURLToPath(new URL("rivals/", import.meta.url));
const ROW = /^(\S+)\s+(\d+)\s+(\d+)\s+(\d+)/;
/** What a rival is beside. */
const DOOR = "dist/esm/node.js";
/** Of rivals what exposes: the SDK of OpenTelemetry counts, its exporter writes. */
const WITH = { "@opentelemetry/sdk-metrics": ["@opentelemetry/exporter-prometheus"] };

export async function run(context) {
  const { stdout } = await promisify(execFile)(process.execPath, [SIZES]);
  const doors = stdout.split("\n").flatMap((line) => {
    const [, door, , packed] = ROW.exec(line) ?? [];
    return door === undefined ? [] : [{ door, packed: Number(packed) }];
  });
  check(doors.length > 0, true, "the table of scripts/size.mjs: it has doors");
  for (const { door, packed } of doors) context.row(door, OURS, "bytes after gzip", [packed]);
  context.row("whole-library", OURS, "bytes after gzip", [doors.find(({ door }) => door === DOOR).packed]);
  // Nobody is run, so whoever needs a newer Node is there, too.
  for (const { name } of SUBJECTS) {
    if (name === OURS) continue;
    context.progress(`bundles ${name}`);
    const contents = [name, ...(WITH[name] ?? [])].map((each, i) => `export * as part${i} from "${each}";`).join("\n");
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: RIVALS },
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      target: "es2022",
      platform: "node",
      logLevel: "error",
    });
    context.row("whole-library", name, "bytes after gzip", [gzipSync(outputFiles[0].contents, { level: 9 }).length]);
  }
}
