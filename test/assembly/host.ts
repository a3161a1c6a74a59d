// What as-pect.config.js lends the tests: the file's name is the name of the imported module.

/** Writes String(value) at an address and returns its length. */
export declare function digitsPut(value: f64, at: usize): u32;
