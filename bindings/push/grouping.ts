// A group's path at a Pushgateway: /metrics/job/JOB/LABEL/VALUE… Values that a path cannot carry go in base64 (rule G2).

import { jobEmpty, jobMissing, labelInvalid, textInvalid } from "./worded.ts";

const WHO = "pushgateway";
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** URL-safe base64 without padding; a single "=" for nothing, for an empty part of a path would be lost. */
function base64(value: string): string {
  const bytes = new TextEncoder().encode(value);
  if (bytes.length === 0) return "=";
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** "." and ".." are steps in a path, also where they are escaped. */
function part(name: string, value: string): string {
  if (value === "" || value.includes("/") || /^\.\.?$/.test(value)) return `/${name}@base64/${base64(value)}`;
  return `/${name}/${encodeURIComponent(value)}`;
}

export function groupPath(job: unknown, grouping: Readonly<Record<string, unknown>>): string {
  if (job === undefined || job === null) throw jobMissing();
  if (typeof job !== "string" || LONE_SURROGATE.test(job)) throw textInvalid(WHO, "job");
  if (job === "") throw jobEmpty();
  let path = `/metrics${part("job", job)}`;
  for (const [name, value] of Object.entries(grouping)) {
    if (name === "job") throw labelInvalid(WHO, "grouping", name, "it is the option job");
    if (!LABEL.test(name) || name.startsWith("__")) throw labelInvalid(WHO, "grouping", name, "it is no name of a label");
    if (typeof value !== "string" || LONE_SURROGATE.test(value))
      throw labelInvalid(WHO, "grouping", name, "its value must be a string of whole characters");
    path += part(name, value);
  }
  return path;
}
