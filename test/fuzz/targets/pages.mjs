// Pages of strangers as the lint and `tallystick top` read them: any bytes are a page with findings, or none, within bounds.

import assert from "node:assert/strict";
import { Linter } from "tallystick/lint";
import { inside } from "../../top/internals.mjs";
import { mutated } from "../mutate.mjs";

const { linesOf, SERIES_MOST, Watch } = inside;
const FINDINGS_MOST = 50;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const PAGE = encoder.encode(`# HELP a_total A "help" é🦀.
# TYPE a_total counter
a_total{b="\\"🦀",c="d"} 1 5
a_total{b="2"} 1e308 # {trace_id="x"} 1 2.5
# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="+Inf"} 3
h_sum 4
h_count 3
# TYPE s summary
s{quantile="0.5"} NaN
s_count 9007199254740993
s_sum -Inf
# TYPE p stateset
p{p="a"} 1
# TYPE i info
i_info{version="1"} 1
{"my.name",le="x"} 0x1p-3
# UNIT a_total seconds
# EOF
`);
const OTHER = encoder.encode('__proto__{__proto__="constructor",__name__="x"} 1\nconstructor 2\n# TYPE toString gauge\ntoString{le="NaN"} +Inf 99999999999999999999\n#\n# HELP\n{} 1\n{"'); // prettier-ignore
const FORMATS = ["text", "openmetrics"];

export const pages = {
  name: "pages",
  about: "pages as the lint and top read them",
  runs: 100_000,
  short: 300,
  async open() {
    let watches = [];
    return {
      input(random) {
        const long = random.once(300) ? encoder.encode(random.of(["a", "{", '"', "\\", "#", "\n", 'a{b="c"} 1\n']).repeat(100_000)) : PAGE;
        return mutated(random.once(4) ? OTHER : long, random, random.once(2) ? OTHER : PAGE);
      },
      check(bytes) {
        const cut = bytes.length >> 1;
        for (const format of FORMATS) {
          const linter = new Linter({ format, maxFindings: FINDINGS_MOST });
          linter.write(bytes.subarray(0, cut));
          linter.write(bytes.subarray(cut));
          const { findings, more } = linter.end();
          const lines = decoder.decode(bytes).split("\n").length;
          assert.ok(findings.length <= FINDINGS_MOST + 1 && more >= 0);
          for (const { line, message } of findings) {
            assert.ok(line >= 0 && line <= lines, `line ${line} of ${lines}`);
            assert.ok(message.length > 0 && message.length < 2000, `${message.length} characters`);
            assert.ok(message.isWellFormed?.() ?? true);
          }
        }
        if (watches.length === 0) watches = FORMATS.map(() => ({ watch: new Watch(), seconds: 0 }));
        FORMATS.forEach((format, i) => {
          const { watch } = watches[i];
          watch.page(decoder.decode(bytes), format, ++watches[i].seconds);
          const wanted = { query: "", kinds: new Set(["counter", "gauge", "histogram", "summary", "other"]), sort: "rate", descending: true, folds: new Map(), isOpen: true }; // prettier-ignore
          const { lines, series } = linesOf(watch, wanted);
          assert.ok(series <= SERIES_MOST && lines.length <= 2 * SERIES_MOST);
        });
      },
    };
  },
};
