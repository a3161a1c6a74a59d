// The CPU work of the service: one function a route. Bad input is answered 4xx; what a route did not foresee is a 500.
import { createHash } from "node:crypto";

const MAX_HASH_BYTES = 16 * 1024 * 1024;
const MAX_SORT_COUNT = 1_000_000;
const MAX_PRIMES_BELOW = 50_000_000;

const ROUTES = { "/hash": hash, "/sort": sort, "/primes": primes };

export const routes = new Set(Object.keys(ROUTES));

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Does one job: `{ route, query, body }` to `{ status, body }`, and never throws. */
export function work({ route, query, body }) {
  try {
    return { status: 200, body: render({ route, ...ROUTES[route](new URLSearchParams(query), body) }) };
  } catch (error) {
    return {
      status: error instanceof Refusal ? error.status : 500,
      body: render({ route, error: error.message }),
    };
  }
}

function render(value) {
  return `${JSON.stringify(value)}\n`;
}

function wholeNumber(query, name, max) {
  const text = query.get(name) ?? "";
  if (!/^\d+$/.test(text)) throw new Refusal(400, `${name} must be a whole number, and is "${text}"`);
  if (Number(text) > max) throw new Refusal(422, `${name} must be at most ${max}, and is ${text}`);
  return Number(text);
}

/** `algorithm` is not checked on purpose: an unknown one makes node:crypto throw, which is a real 500. */
function hash(query, body) {
  const bytes = body.length > 0 ? body : Buffer.alloc(wholeNumber(query, "bytes", MAX_HASH_BYTES), "tallystick");
  const digest = createHash(query.get("algorithm") ?? "sha256").update(bytes);
  return { bytes: bytes.length, digest: digest.digest("hex") };
}

function sort(query) {
  const count = wholeNumber(query, "count", MAX_SORT_COUNT);
  if (count === 0) throw new Refusal(400, "count must be above 0");
  const values = [];
  // A linear congruential generator (Numerical Recipes' constants): the same list for the same count.
  for (let index = 0, state = count; index < count; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    values.push(state);
  }
  values.sort((a, b) => a - b);
  return { count, smallest: values.slice(0, 8), median: values[count >> 1] };
}

/** Trial division, since the point is to be busy. */
function primes(query) {
  const below = wholeNumber(query, "below", MAX_PRIMES_BELOW);
  let count = below > 2 ? 1 : 0;
  for (let candidate = 3; candidate < below; candidate += 2) {
    let divisor = 3;
    while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor += 2;
    if (divisor * divisor > candidate) count += 1;
  }
  return { below, count };
}
