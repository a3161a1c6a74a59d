// The inside of what looks at tokens, bundled: its tests count what is compared.

import { bundled } from "../bundled.mjs";

const outfile = await bundled(
  "security",
  `
    export { Auth } from "./bindings/exporter/auth.ts";
    export { Access } from "./bindings/http/access.ts";
    export { Token } from "./bindings/processes/receive-token.ts";
  `,
  { platform: "neutral", external: ["node:*"] },
);

export const inside = await import(outfile);
