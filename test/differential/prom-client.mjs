// A plan done with prom-client, or with what has its API. It has neither infos nor state sets, and no units.

const CLASSES = { counter: "Counter", gauge: "Gauge", histogram: "Histogram", summary: "Summary" };

/** What it can do of a plan: a plan a family, for one that it cannot take costs the page all others. */
export function within(plan) {
  return plan.families.filter(({ kind }) => Object.hasOwn(CLASSES, kind)).map((family) => ({ families: [{ ...family, unit: "" }] }));
}

function performed(metric, labelNames, exemplars, { verb, labels, amount, exemplar }) {
  const named = Object.fromEntries(labelNames.map((name, i) => [name, labels[i]]));
  const value = Number(amount);
  if (verb === "remove") metric.remove(...labels);
  else if (exemplars) metric[verb]({ labels: named, value, ...(exemplar === undefined ? {} : { exemplarLabels: exemplar }) });
  else if (labelNames.length === 0) metric[verb](value);
  else metric[verb](named, value);
}

/** Pages by dialect, each of a registry of its own. */
export async function promClient(client, { families }) {
  const page = async (contentType) => {
    const register = new client.Registry(contentType);
    for (const family of families) {
      const { kind, name, help, labelNames, buckets, exemplars } = family;
      // It demands a help.
      const options = {
        name: kind === "counter" ? `${name}_total` : name,
        help: help === "" ? " " : help,
        labelNames,
        registers: [register],
      };
      if (buckets !== undefined) options.buckets = buckets.map(Number);
      // It has them for OpenMetrics alone.
      const withExemplars = exemplars === true && contentType === client.openMetricsContentType;
      if (withExemplars) options.enableExemplars = true;
      if (kind === "summary") options.percentiles = [];
      const metric = new client[CLASSES[kind]](options);
      for (const operation of family.operations) performed(metric, labelNames, withExemplars, operation);
    }
    return register.metrics();
  };
  return { text: await page(client.prometheusContentType), openmetrics: await page(client.openMetricsContentType) };
}
