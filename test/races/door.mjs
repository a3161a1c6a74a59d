// The library as the runtime that this file runs in loads it, as often as somebody asks for another copy.

import process from "node:process";

const NAME = process.versions.bun !== undefined ? "bun" : process.versions.deno !== undefined ? "deno" : "node";

/** A copy by a name has a core and a writer of its own. */
export function loaded(copy = "") {
  const url = new URL(`../../dist/esm/${NAME}.js${copy === "" ? "" : `?${copy}`}`, import.meta.url);
  return import(url.href);
}

export const { lint } = await import(new URL("../../dist/esm/lint.js", import.meta.url).href);

const decoder = new TextDecoder();

/** The whole page of a registry. */
export function pageOf(registry) {
  return decoder.decode(registry.exposeSync().body);
}

/** The values on a page by the sample's name and labels. */
export function samplesOf(page) {
  return new Map([...page.matchAll(/^([^#\s]\S*) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
}

/** Says what is against the rules in a page. */
export function refused(page) {
  const wrong = lint(page).filter(({ severity }) => severity === "error");
  return wrong.length === 0 ? undefined : `the page is invalid: ${wrong[0].message}\n${page}`;
}
