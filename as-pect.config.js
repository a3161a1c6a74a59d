// as-pect: the unit tests of the core, each file a module of its own, compiled by test/assembly/asconfig.json.

export default {
  /** scripts/test.mjs narrows them down. */
  entries: process.env.ASPECT_ENTRIES?.split(",") ?? ["test/assembly/**/*.test.ts"],
  include: [],
  disclude: [/node_modules/],
  /** A memory of our own: as-pect's is not shared, and the core imports a shared one. */
  async instantiate(_memory, createImports, instantiate, binary) {
    const memory = new WebAssembly.Memory({ initial: 16, maximum: 4096, shared: true });
    const digitsPut = (value, at) => {
      const text = String(value);
      const bytes = new Uint8Array(memory.buffer, at, text.length);
      for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
      return text.length;
    };
    return instantiate(binary, createImports({ env: { memory }, host: { digitsPut } }));
  },
  outputBinary: false,
};
