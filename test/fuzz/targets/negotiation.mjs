// Accept and Accept-Encoding against a slow reference, character by character, that knows nothing of how it is done here.

import assert from "node:assert/strict";
import { inside } from "../internals.mjs";

const { encodingOf, negotiate } = inside;
const CODINGS = ["zstd", "br", "gzip", "deflate"];
/** Longer headers are cut behind the last clause that is whole. */
const HEADER_MOST = 8192;
const PROTO = "io.prometheus.client.metricfamily";
const WORDS = ["text/plain", "TEXT/plain", "text/*", "*/*", "application/*", "application/openmetrics-text", "application/vnd.google.protobuf", "image/png", "gzip", "GZIP", "br", "zstd", "deflate", "identity", "*", "x-gzip", ""]; // prettier-ignore
const PARAMETERS = ["version=0.0.4", "version=1.0.0", "version=0.0.1", "version=2.0.0", "version=9", 'version="1.0.0"', "VERSION=1.0.0", "charset=utf-8", "proto=io.prometheus.client.MetricFamily", "encoding=delimited", "encoding=text", "escaping=allow-utf-8", "escaping=dots", "escaping=values", "escaping=underscores", "escaping=none", "q", "q=", "q=0", "q=1", "q=0.5", "q=0.500", "q=1.1", "q=-1", "q=NaN", "q=1e1", "q=.5", 'q="0.7"', "q=0.3;q=0.9", 'x="a,b;c"', 'x="\\"', "Q=0.1", "="]; // prettier-ignore
const ODD = ["", " ", "\t", ",", ";", '"', "\\", "\0", "é", "\u00a0", "q=0", "=", ", ", " ; "];

/** Splits at a character that stands in no quotes. What is empty is no part. */
function split(text, at) {
  const parts = [""];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (quoted && character === "\\" && i + 1 < text.length) {
      parts[parts.length - 1] += character + text[++i];
      continue;
    }
    if (character === '"') quoted = !quoted;
    if (character === at && !quoted) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts.filter((part) => part !== "");
}

/** A quality of RFC 9110, 12.4.2, with more digits than it allows; undefined for what is none. */
function qualityIn(text) {
  if (text === "") return undefined;
  const [whole, ...rest] = text.split(".");
  if ((whole !== "0" && whole !== "1") || rest.length > 1) return undefined;
  const digits = [...(rest[0] ?? "")];
  if (digits.some((digit) => digit < "0" || digit > "9" || (whole === "1" && digit !== "0"))) return undefined;
  return Number(`${whole}.${digits.join("") || "0"}`);
}

function clausesIn(header) {
  const whole = header.length > HEADER_MOST ? header.slice(0, header.lastIndexOf(",", HEADER_MOST) + 1) : header;
  const found = [];
  for (const clause of split(whole, ",")) {
    const [name = "", ...rest] = split(clause, ";");
    const parameters = {};
    for (const part of rest) {
      const equals = part.indexOf("=");
      const key = (equals === -1 ? part : part.slice(0, equals)).trim().toLowerCase();
      let value = equals === -1 ? "" : part.slice(equals + 1).trim();
      if (value.startsWith('"')) value = value.slice(1);
      if (value.endsWith('"')) value = value.slice(0, -1);
      parameters[`=${key}`] = value;
    }
    const quality = parameters["=q"] === undefined ? 1 : qualityIn(parameters["=q"]);
    if (quality !== undefined) found.push({ name: name.trim().toLowerCase(), parameters, quality });
  }
  return found;
}

/** The dialect that a clause asks for; undefined where it is not served. */
function dialectOf({ name, parameters }) {
  const version = parameters["=version"];
  if (["*/*", "text/*", "application/*"].includes(name)) return "text";
  if (name === "text/plain") return version === undefined || version === "0.0.4" || version === "1.0.0" ? "text" : undefined;
  if (name === "application/openmetrics-text") {
    if (version === "2.0.0") return "openmetrics2";
    return version === undefined || version === "0.0.1" || version === "1.0.0" ? "openmetrics" : undefined;
  }
  const isProtobuf = name === "application/vnd.google.protobuf" && parameters["=encoding"] === "delimited";
  return isProtobuf && parameters["=proto"]?.toLowerCase() === PROTO && parameters["=proto"] === "io.prometheus.client.MetricFamily" ? "protobuf" : undefined; // prettier-ignore
}

/** The dialect and the escaping that a header likes best: of equal ones the first, and none of quality 0. */
function best(header) {
  const served = clausesIn(header).filter((clause) => dialectOf(clause) !== undefined && clause.quality > 0);
  const most = Math.max(...served.map(({ quality }) => quality));
  const clause = served.find(({ quality }) => quality === most);
  if (clause === undefined) return { dialect: "text", escaping: "underscores" };
  const escaping = ["underscores", "dots", "values", "allow-utf-8"].find((each) => each === clause.parameters["=escaping"]);
  return { dialect: dialectOf(clause), escaping: escaping ?? "underscores" };
}

/** The coding that a header likes best: what is not named is what * is, and identity is what is left. */
function coding(header) {
  const qualities = {};
  for (const { name, quality } of clausesIn(header)) qualities[`=${name}`] = quality;
  const liked = CODINGS.map((name) => ({ name, quality: qualities[`=${name}`] ?? qualities["=*"] ?? 0 }));
  const most = Math.max(...liked.map(({ quality }) => quality));
  if (most === 0 || (qualities["=identity"] ?? 0) > most) return "identity";
  return liked.find(({ quality }) => quality === most).name;
}

function header(random) {
  const clause = () => {
    const parts = [random.of(WORDS), ...Array.from({ length: random.below(4) }, () => random.of(PARAMETERS))];
    return parts.join(random.of([";", "; ", " ;", ";;"]));
  };
  let text = Array.from({ length: random.below(6) }, clause).join(random.of([",", ", ", " ,", ",,"]));
  for (let left = random.below(4); left > 0; left--) {
    const at = random.below(text.length + 1);
    text = text.slice(0, at) + random.of(ODD) + text.slice(random.once(2) ? at : Math.min(text.length, at + 1));
  }
  if (random.once(500)) text = `${"text/plain;q=0.5,".repeat(600)}${text}`;
  if (random.once(500)) text = `${text},${'"'.repeat(9000)}`;
  return text;
}

export const negotiation = {
  name: "negotiation",
  about: "Accept and Accept-Encoding against a slow reference",
  runs: 300_000,
  short: 3000,
  async open() {
    return {
      input: (random) => ({ header: header(random) }),
      check({ header: text }) {
        const { dialect, escaping, contentType } = negotiate(text);
        assert.deepEqual({ dialect, escaping }, best(text), JSON.stringify(text));
        assert.match(contentType, /^[ -~]+$/, "a header that no client reads");
        assert.equal(encodingOf(text, CODINGS), coding(text), JSON.stringify(text));
      },
    };
  },
};
