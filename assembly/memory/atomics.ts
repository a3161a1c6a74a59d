// The only file that writes `atomic.`: sequentially consistent words of 32 and 64 bits.
//
// Binaryen at -O2 and above folds `reinterpret(atomic.load(p))` into a second, plain load, so the value
// tested is not the value returned. Floats therefore never come out of here: whoever needs one copies the
// bits into memory of its own first, and loads the float from there. `tidy` looks for such twins in the
// built module.

/** Loads a word that other threads write. */
export function load32(address: usize): u32 {
  return atomic.load<u32>(address);
}

/** Loads a pair of words that change together. */
export function load64(address: usize): u64 {
  return atomic.load<u64>(address);
}

/** Publishes: what was stored before is seen by whoever loads this. */
export function store32(address: usize, value: u32): void {
  atomic.store<u32>(address, value);
}

export function store64(address: usize, value: u64): void {
  atomic.store<u64>(address, value);
}

/** Returns the old value; equal to `expected` where it was replaced. */
export function exchangeIf32(address: usize, expected: u32, value: u32): u32 {
  return atomic.cmpxchg<u32>(address, expected, value);
}

export function exchangeIf64(address: usize, expected: u64, value: u64): u64 {
  return atomic.cmpxchg<u64>(address, expected, value);
}

export function exchange32(address: usize, value: u32): u32 {
  return atomic.xchg<u32>(address, value);
}

/** Returns the value before the addition. */
export function add32(address: usize, value: u32): u32 {
  return atomic.add<u32>(address, value);
}

export function add64(address: usize, value: u64): u64 {
  return atomic.add<u64>(address, value);
}
