// What runtimes.test.mjs runs in each runtime: the lint as a library, of pages with mistakes.

import { Linter, lint, RULES } from "tallystick/lint";

const page = '# TYPE h histogram\nh_bucket{le="1"} 2 # {a="🦀"} 0.5 1\nh_bucket{le="+Inf"} 1\nfooBar{a="b\\x"} 1\n# EOF\n';
const linter = new Linter();
for (const byte of new TextEncoder().encode(page)) linter.write(Uint8Array.of(byte));
const brief = (findings) => findings.map(({ line, metric, rule }) => `${line} ${metric} ${rule}`);
console.log(JSON.stringify({ rules: RULES.length, open: brief(linter.end().findings), text: brief(lint(page, { format: "text" })) }));
