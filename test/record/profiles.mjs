// What tests of profiles have in common: what makes a file one that DevTools opens, and who is in it.
//
// The rules are those of Profiler.Profile and HeapProfiler.SamplingHeapProfile in the DevTools protocol, and what its readers
// take for granted of them: one root, every node reachable from it once, a time for each sample.

import { equal, ok } from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export const PROFILE = /^([\w-]+)\.(\d+)(?:\.(\d+))?\.(\d{8}T\d{9}Z)-[0-9a-f]{12}\.(cpu|heap)profile$/;

/** The finished files of a directory, in the order in which a thread wrote them. */
export function profilesIn(dir, kind = "cpu") {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith(`.${kind}profile`) && !name.startsWith("."))
    .sort()
    .map((name) => {
      const [, prefix, pid, thread] = PROFILE.exec(name) ?? [];
      ok(prefix !== undefined, `${name} is no name of a profile`);
      return { name, path: join(dir, name), prefix, pid: Number(pid), thread: Number(thread ?? 0) };
    });
}

export const read = (path) => JSON.parse(readFileSync(path, "utf8"));

function frame({ functionName, scriptId, url, lineNumber, columnNumber }) {
  for (const text of [functionName, scriptId, url]) equal(typeof text, "string");
  for (const number of [lineNumber, columnNumber]) ok(Number.isInteger(number) && number >= -1, `${number}`);
}

/** Throws for what is no CPU profile; gives how many samples each function has of its own. */
export function cpu(profile) {
  const { nodes, startTime, endTime, samples, timeDeltas } = profile;
  ok(startTime > 0 && startTime <= endTime, `${startTime} to ${endTime}`);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  equal(byId.size, nodes.length, "ids are unique");
  const parents = new Map();
  for (const { id, callFrame, hitCount = 0, children = [] } of nodes) {
    ok(Number.isInteger(id));
    frame(callFrame);
    ok(Number.isInteger(hitCount) && hitCount >= 0);
    for (const child of children) {
      ok(byId.has(child), `node ${id} has a child ${child} that is not there`);
      ok(!parents.has(child), `node ${child} has two parents`);
      parents.set(child, id);
    }
  }
  const roots = nodes.filter(({ id }) => !parents.has(id));
  equal(roots.length, 1);
  equal(roots[0].callFrame.functionName, "(root)");
  const seen = new Set();
  for (const open = [roots[0].id]; open.length > 0;) {
    const id = open.pop();
    seen.add(id);
    open.push(...(byId.get(id).children ?? []));
  }
  equal(seen.size, nodes.length, "all are below the root");
  equal(samples.length, timeDeltas.length);
  for (const delta of timeDeltas) ok(Number.isFinite(delta));
  const own = {};
  for (const sample of samples) {
    const { functionName } = byId.get(sample).callFrame;
    own[functionName] = (own[functionName] ?? 0) + 1;
  }
  return own;
}

/** Some 100 KB at the shortest interval that tests have. */
const LATE_MOST = 4;

/** Throws for what is no profile of the heap; gives how many bytes each function has of its own. */
export function heap(profile) {
  const { head, samples } = profile;
  equal(head.callFrame.functionName, "(root)");
  const own = {};
  const ids = new Set();
  for (const open = [head]; open.length > 0;) {
    const { callFrame, selfSize, id, children } = open.pop();
    frame(callFrame);
    ok(Number.isInteger(id) && !ids.has(id), `${id}`);
    ids.add(id);
    ok(selfSize >= 0);
    own[callFrame.functionName] = (own[callFrame.functionName] ?? 0) + selfSize;
    open.push(...children);
  }
  // What V8 allocates while it hands the profile over has a node that is newer than all that are handed over.
  const newest = Math.max(...ids);
  let late = 0;
  for (const { size, nodeId, ordinal } of samples) {
    ok(size > 0 && ordinal >= 0, `${size} ${ordinal}`);
    if (ids.has(nodeId)) continue;
    ok(nodeId > newest && ++late < LATE_MOST, `${nodeId} is no node, and ${late} are late`);
  }
  return own;
}

let made = 0;

/**
 * A function that is busy for so many milliseconds. A new one each time: V8 does not know whose code a loop has that was compiled in the
 * middle of it while nothing profiled. Nor has the same text twice two codes.
 */
export function busyNew() {
  return new Function(`/* ${made++} */ return function busyLoop(milliseconds) {
    let sum = 0;
    for (const until = performance.now() + milliseconds; performance.now() < until;) for (let i = 0; i < 10_000; i++) sum += Math.sqrt(sum + i);
    return sum;
  }`)();
}

/** The function with the most samples of its own, of those that are functions. */
export function most(own) {
  const [[name]] = Object.entries(own)
    .filter(([other]) => !/^\((program|idle|garbage collector|root)\)$/.test(other))
    .toSorted(([, one], [, other]) => other - one);
  return name;
}

/** Of all files of the directory: their threads, and who is seen in each. */
export function seenIn(dir, pid) {
  for (const name of readdirSync(dir)) ok(!name.startsWith("."), `${name} was left`);
  return profilesIn(dir).map((file) => {
    if (pid !== undefined) equal(file.pid, pid);
    equal(statSync(file.path).mode & 0o777, 0o600);
    const profile = read(file.path);
    cpu(profile);
    const names = new Set(profile.nodes.map(({ callFrame }) => callFrame.functionName));
    return { thread: file.thread, main: names.has("busyMain"), worker: names.has("busyWorker"), profile };
  });
}

/** Microseconds that a profile is about. */
export const lasted = ({ startTime, endTime }) => endTime - startTime;

const TRIES = 5;

/** What looks for functions in a profile is tried again: where others use the machine, V8's sampler may not come to look for a while. */
export async function sampled(act) {
  for (let tried = 1; ; tried++) {
    try {
      return await act();
    } catch (error) {
      if (tried === TRIES) throw error;
    }
  }
}
