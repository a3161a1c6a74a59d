// Pools as undici shows them when it is asked: taken at each scrape, since nobody tells when they change.

import type { UndiciSettings, PoolStats } from "./settings.ts";

/** Those of a pool or a client, or of all origins of an agent. */
function all(stats: unknown): readonly PoolStats[] {
  if (typeof stats !== "object" || stats === null) return [];
  if ("connected" in stats) return [stats as PoolStats];
  return Object.values(stats).filter((each): each is PoolStats => typeof each === "object" && each !== null);
}

function sum(stats: readonly PoolStats[], field: keyof PoolStats): number {
  return stats.reduce((total, each) => total + Number(each[field] ?? 0), 0);
}

/** Shows pools until what it returns is called. */
export function shownPools({ registry, prefix, pools }: UndiciSettings): () => void {
  if (pools.length === 0) return () => undefined;
  const labelNames = ["pool", "state"] as const;
  const connections = registry.gauge({
    name: `${prefix}http_client_pool_connections`,
    help: "Connections of a pool.",
    labelNames,
    mode: "livesum",
  });
  const requests = registry.gauge({ name: `${prefix}http_client_pool_requests`, help: "Requests of a pool.", labelNames, mode: "livesum" });
  const set = () => {
    for (const [pool, { stats }] of pools) {
      const own = all(stats);
      for (const state of ["connected", "free"] as const) connections.set({ pool, state }, sum(own, state));
      for (const state of ["pending", "queued", "running"] as const) requests.set({ pool, state }, sum(own, state));
    }
  };
  set();
  const end = registry.collect(set, { name: "undici" });
  return () => {
    end();
    for (const [pool] of pools) for (const gauge of [connections, requests]) gauge.removeMatching({ pool });
  };
}
