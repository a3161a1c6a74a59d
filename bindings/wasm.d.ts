// What workerd and edge bundlers make of a static import of Wasm.
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
