// What a request adds to each figure of the ledger; see `count` in metrics.mjs.

export const FIGURES = ["requests", "bytes", "sizes", "spread"];

export const amounts = ({ times, size }) => ({ requests: times, bytes: times * size, sizes: times, spread: times });
