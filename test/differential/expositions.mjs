// All clients on the same plans, and which of their differences are on the list.

import { createRequire } from "node:module";
import { clientPython } from "./client-python.mjs";
import { differences } from "./compared.mjs";
import { KNOWN } from "./known.mjs";
import { ours } from "./ours.mjs";
import { planMade } from "./plan.mjs";
import { promClient, within } from "./prom-client.mjs";
import { Seeded } from "./seeded.mjs";

const require = createRequire(import.meta.url);
const CLIENTS = ["prom-client", "@prometheus-io/client", "tallystick/prom-client"].map((name) => [name, require(name)]);
const DIALECTS = ["text", "openmetrics"];
/** What a family's name may end in on a page. */
const OWN_SUFFIX = /^(_total|_info)?$/;

/** Takes what was found apart: what is on the list by its name, and what is not. */
class Judged {
  /** How often, by name, and in which dialects. */
  known = new Map();
  found = new Map();
  unknown = [];
  compared = 0;
  samples = 0;

  add(peer, seed, plan, dialect, found) {
    for (const difference of found) {
      const family = plan.families.find(
        (each) => difference.family?.startsWith(each.name) && OWN_SUFFIX.test(difference.family.slice(each.name.length)),
      );
      const known =
        family && KNOWN.find(({ peers, dialects, is }) => peers.includes(peer) && dialects.includes(dialect) && is(difference, family));
      if (known === undefined) {
        this.unknown.push({ peer, seed, dialect, ...difference });
        continue;
      }
      this.known.set(known.name, (this.known.get(known.name) ?? 0) + 1);
      this.found.set(known.name, (this.found.get(known.name) ?? new Set()).add(dialect));
    }
  }

  pages(peer, seed, plan, own, theirs) {
    for (const dialect of DIALECTS) {
      this.compared++;
      this.samples += own[dialect].split("\n").length;
      this.add(peer, seed, plan, dialect, differences(own[dialect], theirs[dialect], dialect));
    }
  }
}

async function pagesOf(client, plan) {
  try {
    return await promClient(client, plan);
  } catch (error) {
    return error;
  }
}

/** The clients in JavaScript, which have a registry a family. */
async function ofPromClients(judged, seed, plan, only) {
  const clients = CLIENTS.filter(([peer]) => only === undefined || only.includes(peer));
  for (const one of clients.length === 0 ? [] : within(plan)) {
    const own = ours(one);
    for (const [peer, client] of clients) {
      const theirs = await pagesOf(client, one);
      if (theirs instanceof Error)
        for (const dialect of DIALECTS)
          judged.add(peer, seed, one, dialect, [{ what: "throws", name: "", family: one.families[0].name, theirs: theirs.message }]);
      else judged.pages(peer, seed, one, own, theirs);
    }
  }
}

/** Plans against all clients, or those that are named; `python` says whether it is asked, too. */
export async function judgedPlans(plans, { python, only, progress = () => {} }) {
  const judged = new Judged();
  const pages = python ? clientPython(plans.map(({ plan }) => plan)) : [];
  for (const [i, { seed, plan }] of plans.entries()) {
    if (python) judged.pages("client_python", seed, plan, ours(plan), pages[i]);
    await ofPromClients(judged, seed, plan, only);
    progress(i + 1);
  }
  return judged;
}

/** So many random plans from a seed on: a seed a plan. */
export const plansFrom = (seed, count) =>
  Array.from({ length: count }, (_, i) => ({ seed: seed + i, plan: planMade(new Seeded(seed + i)) }));
