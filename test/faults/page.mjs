// Reads an exposition strictly enough to say that nothing in it is broken, and to compare values.

/** Samples by name and labels; throws where a line, an order or a record is wrong. */
export function parsed(text) {
  if (!text.endsWith("# EOF\n")) throw new Error(`No end: ${text.slice(-40)}`);
  const samples = new Map();
  const types = new Map();
  let current = "";
  for (const line of text.slice(0, -"# EOF\n".length).split("\n").slice(0, -1)) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line);
    if (type !== null) {
      if (types.has(type[1])) throw new Error(`Twice the family ${type[1]}`);
      types.set(type[1], type[2]);
      current = type[1];
      continue;
    }
    const sample = /^([a-z_]+)(\{[^}]*\})? (\S+)$/.exec(line);
    if (sample === null) throw new Error(`Not a line: ${line}`);
    const key = sample[1] + (sample[2] ?? "");
    if (!sample[1].startsWith(current)) throw new Error(`${key} stands under ${current}`);
    if (samples.has(key)) throw new Error(`Twice ${key}`);
    samples.set(key, Number(sample[3].replace("+Inf", "Infinity")));
  }
  return samples;
}

/** Throws where a histogram's buckets, count and sum do not belong together: bucket i holds only `values[i]`. */
export function histogram(samples, name, labels, values) {
  const of = (suffix, le = "") => samples.get(`${name}_${suffix}{${[labels, le].filter(Boolean).join(",")}}`);
  if (of("count") === undefined) return undefined;
  let before = 0;
  let sum = 0;
  for (const value of values) {
    const bucket = of("bucket", `le="${value}.0"`);
    if (!(bucket >= before)) throw new Error(`${name}: bucket ${value} holds ${bucket}, the one before ${before}`);
    sum += (bucket - before) * value;
    before = bucket;
  }
  if (of("bucket", 'le="+Inf"') !== before || of("count") !== before) throw new Error(`${name}: count ${of("count")} is not ${before}`);
  if (of("sum") !== sum) throw new Error(`${name}: sum ${of("sum")} is not ${sum}`);
  return before;
}
