// The page for a person, as scripts/build.mjs made it: one file of HTML with its style and its script in it, and a policy that lets a
// browser run and ask nothing else.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

/** The page, and the headers that it is answered with. */
export interface PageFile {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** As it stands in page.html. */
const PLACE = 'data-metrics="metrics"';

/** What stands between the tags, by its hash: CSP 3, 8.3. */
function hashes(html: string, tag: string): string {
  const found = [...html.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, "g"))];
  return found.map(([, text]) => `'sha256-${createHash("sha256").update(text!).digest("base64")}'`).join(" ");
}

/** What an attribute's value in quotes may not have. */
function attribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

/** The page of an exporter whose metrics are at a path; the path is asked for as one beside the page, for a proxy may have both elsewhere. */
export function pageFile(html: string, path: string): PageFile {
  const policy = [
    "default-src 'none'",
    `script-src ${hashes(html, "script")}`,
    `style-src ${hashes(html, "style")}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  return {
    body: new TextEncoder().encode(html.replace(PLACE, () => `data-metrics="${attribute(path.slice(1))}"`)),
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
    },
  };
}

/** Reads it, beside the entry. Rejects where it is not there, as in a bundle. */
export async function pageRead(path: string): Promise<PageFile> {
  return pageFile(await readFile(new URL("../esm/exporter-page.html", import.meta.url), "utf8"), path);
}
