// Where tests put files by the thousand: in memory, where the system has a place for that. What is shown of deaths of processes is the
// same there; deaths of machines are no part of these tests.

import { accessSync, constants } from "node:fs";
import { tmpdir } from "node:os";

const MEMORY = "/dev/shm";

export function quickdir() {
  try {
    accessSync(MEMORY, constants.W_OK | constants.X_OK);
    return MEMORY;
  } catch {
    return tmpdir();
  }
}
