// `tallystick/prom-client` where there are no processes.

export * from "./client.ts";
export { client as default } from "./whole.ts";
