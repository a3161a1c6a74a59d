// A receiver of remote write: what it is sent is decoded by protobufjs and the protocol's own messages, which nobody here wrote.

import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import SnappyJS from "snappyjs";
import { sharedFolder } from "../exposition/validators.mjs";
import { answering } from "./answering.mjs";

/** The protocol's messages, for `judged`. */
export const protos = sharedFolder("proto/debian-prometheus-dev-3.5.3/remote.proto");
const OLDER = sharedFolder("proto/debian-prometheus-dev-3.5.3/write_v2_rc3.types.proto");
const NEWER = sharedFolder("proto/upstream/write_v2_rc4.types.proto");

/** Messages of one file or of several that belong together; what they import is only options of Go's. */
function messages(...paths) {
  const root = new protobuf.Root();
  for (const path of paths) protobuf.parse(readFileSync(path, "utf8"), root, { keepCase: true });
  return root.resolveAll();
}

const made = new Map();
function messageOf(key, name, paths) {
  if (!made.has(key)) made.set(key, messages(...paths).lookupType(name));
  return made.get(key);
}

function typeOf(version, draft) {
  if (version === 1) return messageOf("1", "prometheus.WriteRequest", [protos.path.replace("remote.proto", "types.proto"), protos.path]);
  const { path } = draft === "rc.3" ? OLDER : NEWER;
  return messageOf(draft, "io.prometheus.write.v2.Request", [path]);
}

const SHAPE = { longs: Number, enums: Number, arrays: true, defaults: true };

/** Bits of each double of a field, in order: numbers of JavaScript do not tell one NaN from another. */
export function bitsOf(bytes, wanted) {
  const found = [];
  const walk = (from, to, path) => {
    const reader = protobuf.Reader.create(bytes.subarray(from, to));
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const own = [...path, tag >>> 3].join(".");
      if ((tag & 7) === 2 && wanted.startsWith(`${own}.`)) {
        const length = reader.uint32();
        walk(from + reader.pos, from + reader.pos + length, [...path, tag >>> 3]);
        reader.skip(length);
      } else if (own === wanted) {
        found.push(Buffer.from(bytes).readBigUInt64LE(from + reader.pos));
        reader.skip(8);
      } else reader.skipType(tag & 7);
    }
  };
  walk(0, bytes.length, []);
  return found;
}

/** A request as plain data: of each series its labels by name, its name apart, and what it has. */
export function decoded({ headers, body }, draft = "rc.4") {
  const version = headers["x-prometheus-remote-write-version"] === "2.0.0" ? 2 : 1;
  const bytes = Buffer.from(SnappyJS.uncompress(body));
  const request = typeOf(version, draft).toObject(typeOf(version, draft).decode(bytes), SHAPE);
  const text = (refs) => refs.map((ref) => request.symbols[ref]);
  const pairs = (flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
  const labelsOf = (each) => (version === 1 ? each.labels.map(({ name, value }) => [name, value]) : pairs(text(each.labels_refs)));
  const series = request.timeseries.map((each) => {
    const labels = labelsOf(each);
    return {
      ...each,
      labels,
      name: labels.find(([name]) => name === "__name__")?.[1],
      by: Object.fromEntries(labels.filter(([name]) => name !== "__name__")),
      exemplars: each.exemplars.map((exemplar) => ({ ...exemplar, labels: labelsOf(exemplar) })),
      ...(each.metadata ? { help: request.symbols[each.metadata.help_ref ?? 0], unit: request.symbols[each.metadata.unit_ref ?? 0] } : {}),
    };
  });
  return { version, bytes, symbols: request.symbols, series };
}

/** Answers as each version is answered where all is well. */
export function taken(request, response, status = 200) {
  const { version, series } = decoded(request);
  if (version === 2) {
    const count = (what) => series.reduce((sum, each) => sum + each[what].length, 0);
    for (const what of ["samples", "histograms", "exemplars"]) response.setHeader(`X-Prometheus-Remote-Write-${what}-Written`, count(what));
  }
  response.writeHead(status).end();
}

/** A receiver; `answer` says otherwise than `taken`. */
export async function receiving(t, answer = (request, response) => taken(request, response)) {
  const receiver = await answering(t, answer);
  /** All series of all requests, in order. */
  const series = (draft) => receiver.requests.flatMap((request) => decoded(request, draft).series);
  return { ...receiver, series, write: `${receiver.url}/api/v1/write` };
}
