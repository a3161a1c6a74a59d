// Errors on their way out of a thread: structured cloning leaves out what tells one from another, its code.

/** An error as it is cloned. */
export interface CarriedError {
  readonly name: string;
  readonly message: string;
  /** What else it has, such as `code`, `syscall` and `port`: words and numbers. */
  readonly more: Readonly<Record<string, string | number | boolean>>;
  readonly cause?: CarriedError;
}

/** Causes of causes. */
const DEPTH_MOST = 4;
const CLONED = ["string", "number", "boolean"];

export function carried(error: unknown, depth = 0): CarriedError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), more: {} };
  const more = Object.fromEntries(Object.entries(error).filter(([name, value]) => name !== "name" && CLONED.includes(typeof value)));
  const whole = { name: error.name, message: error.message, more };
  return error.cause === undefined || depth >= DEPTH_MOST ? whole : { ...whole, cause: carried(error.cause, depth + 1) };
}

/** The error again, of no class of its own. */
export function restored({ name, message, more, cause }: CarriedError): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause: restored(cause) });
  if (name !== "Error") Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  return Object.assign(error, more);
}
