// Names of sources: 64 bits of a text, so that another thread of the process finds the source that a dead one had; a label;
// and what is told apart by nothing but its name.

/** FNV-1a of 64 bits; Fowler, Noll and Vo. */
export function sourceName(kind: string, text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(`${kind}\n${text}`)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return BigInt.asIntN(64, hash);
}

/** What the library's own metrics call a source, by the registry's name in it: of two in one registry each has its own. */
export function sourceLabel(kind: string, name = "default"): string {
  return name === "default" ? kind : `${kind} ${name}`;
}

/** Random: 16 hexadecimal digits. */
export function idNew(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
