export * from "tallystick/prom-client";
export { default } from "tallystick/prom-client";
