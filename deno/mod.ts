// Deno's door from a checkout; the package's `deno` condition leads to the same file, built.
export * from "../bindings/deno.ts";
