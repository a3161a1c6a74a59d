// How long does a fresh process wait from before the import until after its first increment, as ESM and as CommonJS?
import { fileURLToPath } from "node:url";

const PROCESS = fileURLToPath(new URL("first-process.mjs", import.meta.url));

export async function run(context) {
  const subjects = await context.loaded();
  for (const style of ["import", "require"]) {
    const entries = subjects.map(({ name }) => ({
      subject: name,
      // A warm-up fills the file cache; every sample is the only one of its process.
      sample: async () => Number(await context.run(PROCESS, [name, style], { exposeGc: false })),
    }));
    await context.interleave(style, "ms", entries, { rounds: context.quick ? 3 : 15 });
  }
}
