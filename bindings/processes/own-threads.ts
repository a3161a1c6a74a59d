// What the library's own threads are started with.

import process from "node:process";

/**
 * A thread takes over what its program was started with. Of one from the command line or a pipe (`node --input-type=module -e "..."`) that
 * says what the program's text is, and Node refuses every file for it: such a thread is started with nothing.
 */
export function startedWith(): { execArgv?: string[] } {
  return process.execArgv.some((each) => each.startsWith("--input-type")) ? { execArgv: [] } : {};
}
