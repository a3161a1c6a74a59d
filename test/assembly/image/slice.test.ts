// Slices on their own: what exporters do with them is exporter's test.

import { family, format } from "../formatted";
import { count } from "../wanted";
import { frameText, readingBegun } from "./reading";
import { COUNTER } from "../../../assembly/layout";
import { exporterBegin, exporterCreate } from "../../../assembly/image/exporter";
import { Exporter } from "../../../assembly/image/records";
import { sliceFrame, sliceWritten, UNDER_WAY } from "../../../assembly/image/slice";
import { registryFirst } from "../../../assembly/store/registry";
import { begin, end } from "../../../assembly/store/writer";

describe("sliceWritten", () => {
  it("looks at one thing at the least, numbers its frames, and says when it is over", () => {
    format();
    readingBegun();
    const jobs = family(COUNTER, 0, "jobs", "q");
    count(jobs, 1, 'q="a"');
    count(jobs, 2, 'q="b"');
    const address = exporterCreate(registryFirst(), load<u32>(registryFirst()));
    const exporter = changetype<Exporter>(address);
    exporterBegin(address, 0, 0, 0, 2, 1000);
    const texts: string[] = [];
    for (let i = 0; i < 9 && (exporter.flags & UNDER_WAY) != 0; i++) {
      begin();
      const length = sliceWritten(exporter, 0);
      end();
      texts.push(frameText(sliceFrame(), length));
      expect<u32>(exporter.part).toBe(i + 1);
    }
    expect<string>(texts.join("|")).toBe('head:0 +0:jobs|>0 0{q="a"}@1000.0=1.0|>0 1{q="b"}@1000.0=2.0');
    expect<u64>(exporter.complete).toBe(1);
  });
});
