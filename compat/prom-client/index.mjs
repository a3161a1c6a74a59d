// What `import "prom-client"` gives where an override names this package.

export * from "tallystick/prom-client";
export { default } from "tallystick/prom-client";
