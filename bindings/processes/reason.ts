// Why something failed, in the words of whoever says so: the system, the runtime, a handler. They come into our own sentences.

/** Whole sentences have room, with the path or the flag that they name; a page that somebody answered has not. */
const REASON_MOST = 300;

/** What an error says, or whatever was thrown. */
export function reason(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return said.length > REASON_MOST ? `${said.slice(0, REASON_MOST)}…` : said;
}

/** Why a thread cannot begin where a bundler made CommonJS of its module: nothing there says where files are. undefined where it can. */
export function threadFileLost(moduleUrl: string | undefined, file: string): Error | undefined {
  if (moduleUrl !== undefined) return undefined;
  return new Error(`its file ${file} is not in this bundle: leave tallystick out of it, as external`);
}
