// A process that only counts once; for startup.mjs.
import { firstIncrement } from "./first.mjs";

const [subject, style] = process.argv.slice(2);
process.stdout.write(`${await firstIncrement(subject, style)}`);
process.exit(0);
