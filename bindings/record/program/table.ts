// The table of a summary: a row a label.

import { QUANTILES } from "./summary.ts";
import type { Statistics } from "./statistics.ts";
import { brief, padded, shown, widthOf } from "./text.ts";

const LABEL_LEAST = 12;
const GAP = "  ";

/** Lines of text, at most `columns` wide where the numbers let it. A label that has no room beside its numbers stands above them. */
export function tableOf(all: readonly Statistics[], columns: number): string[] {
  const nans = all.some((one) => one.nans > 0);
  const head = ["count", "mean", ...QUANTILES.map((q) => `p${q * 100}`), "max", ...(nans ? ["nan"] : [])];
  const rows = all.map((one) => [
    String(one.count),
    brief(one.mean),
    ...one.quantiles(QUANTILES).map(brief),
    brief(one.count === 0 ? NaN : one.max),
    ...(nans ? [String(one.nans)] : []),
  ]);
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
  const taken = widths.reduce((sum, width) => sum + width + GAP.length, 0);
  const labels = all.map((one) => shown(one.label, columns));
  const most = Math.max(LABEL_LEAST, columns - taken);
  const besides = labels.map(widthOf).filter((width) => width <= most);
  const widest = Math.max("label".length, ...besides);
  const line = (label: string, cells: readonly string[]) =>
    [padded(label, widest), ...cells.map((cell, i) => cell.padStart(widths[i]!))].join(GAP);
  const lines = rows.flatMap((row, i) => (widthOf(labels[i]!) <= most ? [line(labels[i]!, row)] : [labels[i]!, line("", row)]));
  return [line("label", head), ...lines];
}
