// Packages that only some exports need: whoever wants them installs them.

/** What stops the program with a line of words. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly code: number,
  ) {
    super(message);
  }
}

/** Something could not be done, and nothing of what was typed is wrong. */
export const EXIT_FAILED = 1;

/** What a package gives; where it is absent, an error that says how to install it. */
export async function needed<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_MODULE_NOT_FOUND") {
      throw new Refusal(`this format needs the package ${name}, which is not installed here: npm install ${name}`, EXIT_FAILED);
    }
    throw new Refusal(`the package ${name} cannot be loaded: ${message}`, EXIT_FAILED);
  }
}
