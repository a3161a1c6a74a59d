// Twins in a built module: an atomic load with a plain load of the same address beside it, in one function.
//
// Binaryen at -O2 and above folds `reinterpret<f64>(atomic.load<u64>(p))` into `f64.load`, and where the bits
// are used as well it keeps both loads: the value that was tested is then not the value that is used. The
// folded load is a float's, so that is what is looked for: an `f64.load` or `f32.load` at the address of an
// atomic load of the same width. A plain integer load beside an atomic one is what the source says (a token
// compared on the hot way, then exchanged) and is no twin.
//
// Addresses are compared as expressions: a local that is set once stands for what it is set to, a constant
// that is added counts as offset. A local that is set more than once stands for itself, which may take two
// loads of different moments for twins, never the other way round.

/** Parses WebAssembly text into nested arrays of words. */
export function parsed(text) {
  const root = [];
  const open = [root];
  const word = /\(;.*?;\)|;;[^\n]*|"(?:[^"\\]|\\.)*"|[()]|[^\s()]+/gs;
  for (const [token] of text.matchAll(word)) {
    if (token.startsWith(";;") || token.startsWith("(;")) continue;
    if (token === "(") {
      const node = [];
      open.at(-1).push(node);
      open.push(node);
    } else if (token === ")") {
      open.pop();
    } else {
      open.at(-1).push(token);
    }
  }
  return root[0];
}

/** Every node below one, itself included, in order. */
function* nodes(node) {
  yield node;
  for (const child of node) if (Array.isArray(child)) yield* nodes(child);
}

/** Longer expressions stand for themselves by their local: nobody writes the same one twice. */
const LONGEST = 400;

/** Names addresses of one function so that equal ones have equal names. */
class Addresses {
  #set = new Map();
  #named = new Map();

  constructor(body) {
    for (const node of nodes(body)) {
      if (node[0] === "param") this.#set.set(node[1], undefined);
      if (node[0] === "local.set" || node[0] === "local.tee") {
        this.#set.set(node[1], this.#set.has(node[1]) ? undefined : node[2]);
      }
    }
  }

  #local(name) {
    const value = this.#set.get(name);
    if (value === undefined) return name;
    if (!this.#named.has(name)) {
      // Against a local that is set from itself.
      this.#named.set(name, name);
      const text = this.name(value);
      this.#named.set(name, text.length > LONGEST ? name : text);
    }
    return this.#named.get(name);
  }

  /** The base of an address and what is added to it. */
  parts(node, offset) {
    if (node[0] === "local.get" || node[0] === "local.tee") {
      const value = this.#set.get(node[1]);
      if (value !== undefined && this.#local(node[1]) !== node[1]) return this.parts(value, offset);
    }
    if (node[0] === "i32.add") {
      const constant = node.findIndex((child) => child[0] === "i32.const");
      if (constant > 0) return this.parts(node[3 - constant], offset + Number(node[constant][1]));
    }
    if (node[0] === "i32.const") return ["constant", offset + Number(node[1])];
    return [this.name(node), offset];
  }

  name(node) {
    if (!Array.isArray(node)) return node;
    if (node[0] === "local.get" || node[0] === "local.tee") return this.#local(node[1]);
    return `(${node.map((child) => this.name(child)).join(" ")})`;
  }
}

const LOAD = /^(i32|i64|f32|f64)\.(atomic\.)?load$/;

/** The twins of a module in WebAssembly text: the function's name and the address, one text each. */
export function twins(text) {
  const found = [];
  for (const body of parsed(text).filter((node) => node[0] === "func")) {
    const addresses = new Addresses(body);
    const atomic = new Set();
    const plain = [];
    for (const node of nodes(body)) {
      const load = LOAD.exec(node[0]);
      if (load === null) continue;
      const offset = node.find((child) => typeof child === "string" && child.startsWith("offset="));
      const [base, at] = addresses.parts(node.at(-1), offset === undefined ? 0 : Number(offset.slice(7)));
      const place = `${load[1].slice(1)} bits at ${base} + ${at}`;
      if (load[2] !== undefined) atomic.add(place);
      else if (load[1].startsWith("f")) plain.push(place);
    }
    for (const place of plain) if (atomic.has(place)) found.push(`function ${body[1]}: ${place}`);
  }
  return found;
}
