// A receiver of OTLP: what it is sent is decoded by protobufjs and the official messages, which nobody here wrote, or is JSON that fits them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import protobuf from "protobufjs";
import { sharedFolder } from "../exposition/validators.mjs";
import { answering } from "./answering.mjs";

/** The official messages, for `judged`. */
export const protos = sharedFolder("proto/opentelemetry-1.5.0/proto");
const FILES = [
  "common/v1/common.proto",
  "resource/v1/resource.proto",
  "metrics/v1/metrics.proto",
  "collector/metrics/v1/metrics_service.proto",
];
const SERVICE = "opentelemetry.proto.collector.metrics.v1";

let root;
export function messageOf(name) {
  if (root === undefined) {
    root = new protobuf.Root();
    for (const file of FILES) protobuf.parse(readFileSync(join(protos.path, file), "utf8"), root);
    root.resolveAll();
  }
  return root.lookupType(`${SERVICE}.${name}`);
}

const SHAPE = { longs: String, enums: Number, bytes: (bytes) => Buffer.from(bytes).toString("hex"), arrays: true };

/** Field numbers that the messages do not have are faults, and so is a wire type that they do not have. */
export function decoded({ headers, body }) {
  const Request = messageOf("ExportMetricsServiceRequest");
  if (headers["content-type"] !== "application/json") {
    const reader = protobuf.Reader.create(body);
    reader.discardUnknown = false;
    const message = Request.decode(reader);
    unknown(message);
    return Request.toObject(message, { ...SHAPE, bytes: String, defaults: false });
  }
  return JSON.parse(body.toString());
}

function unknown(message) {
  if (message.$unknowns !== undefined) throw new Error(`${message.constructor.name} has fields that there are not`);
  for (const value of Object.values(message)) for (const each of [value].flat()) if (each instanceof protobuf.Message) unknown(each);
}

/** The metrics by name, with each point's attributes as an object. */
export function metricsOf(request) {
  const { resourceMetrics } = decoded(request);
  const points = ({ dataPoints }) => dataPoints.map((point) => ({ ...point, attributes: attributesOf(point.attributes) }));
  return resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.map((metric) => {
        const kind = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"].find((each) => metric[each]);
        return { ...metric, kind, ...metric[kind], points: points(metric[kind]) };
      }),
    ),
  );
}

export function attributesOf(attributes = []) {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** An answer as the protocol has it, of what was sent as protobuf or JSON. */
export function partly(request, response, rejectedDataPoints, errorMessage) {
  const isJson = request.headers["content-type"] === "application/json";
  response.setHeader("content-type", request.headers["content-type"]);
  const Response = messageOf("ExportMetricsServiceResponse");
  const answer = { partialSuccess: { rejectedDataPoints, errorMessage } };
  response.end(
    isJson
      ? JSON.stringify({ partialSuccess: { rejectedDataPoints: String(rejectedDataPoints), errorMessage } })
      : Response.encode(Response.fromObject(answer)).finish(),
  );
}

export async function collecting(t, answer) {
  const receiver = await answering(t, answer);
  return { ...receiver, metrics: (i = -1) => metricsOf(receiver.requests.at(i)) };
}
