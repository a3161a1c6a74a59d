// A source with a process whose frames are applied, and a family that it counts in.

import { family, format } from "../formatted";
import { listening, source } from "./frames";
import { processCreate } from "../../../assembly/image/processes";
import { COUNTER } from "../../../assembly/layout";

export let process: usize = 0;
export let counter: i32 = 0;

/** All anew, in a memory of its own. */
export function ready(): void {
  format();
  counter = family(COUNTER, 0, "jobs", "a");
  listening();
  another();
}

/** The next frames are another process'. */
export function another(): void {
  process = processCreate(source);
}
