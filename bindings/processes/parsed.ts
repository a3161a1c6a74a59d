// What was typed behind a command, taken apart: words for what is wrong are the same of all commands. It knows of no door, so that a
// program which needs none has them, too.

import { parseArgs } from "node:util";
import { nearest } from "./nearest.ts";

/** Options as `parseArgs` of node:util takes them. */
export type TypedOptions = Readonly<
  Record<string, { readonly type: "string" | "boolean"; readonly multiple?: boolean; readonly default?: string | boolean }>
>;
export type Refuse = (why: string) => never;

export type Parsed<Options extends TypedOptions> = ReturnType<
  typeof parseArgs<{ readonly args: string[]; readonly options: Options; readonly allowPositionals: true; readonly tokens: true }>
>;
type Said = (typed: string) => string;
type Token = {
  readonly kind: string;
  readonly name?: string;
  readonly rawName?: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
};

/** What is wrong with an option as it was typed. Its value is not said: it may be a token. */
function wrongIn({ kind, name = "", rawName = "", value, inlineValue }: Token, options: TypedOptions, said: Said): string | undefined {
  if (kind !== "option") return undefined;
  if (!Object.hasOwn(options, name)) {
    const near = nearest(name, Object.keys(options));
    return `there is no option ${said(rawName)}${near === undefined ? "" : `: there is --${near}`}`;
  }
  if (options[name]!.type === "boolean") return value === undefined ? undefined : `${rawName} takes no value`;
  if (value === undefined) return `${rawName} takes a value, and there is none`;
  const isOption = inlineValue === false && value.length > 1 && value.startsWith("-");
  return isOption ? `${rawName} is followed by another option: where that is its value, write ${rawName}=VALUE` : undefined;
}

/** The options, and what is there beside them; `said` words what was typed, for it may be long. */
export function parsed<const Options extends TypedOptions>(
  args: readonly string[],
  options: Options,
  refuse: Refuse,
  said: Said,
): Parsed<Options> {
  try {
    const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, tokens: true, strict: false });
    const [wrong] = (tokens as Token[]).map((token) => wrongIn(token, options, said)).filter((why) => why !== undefined);
    return wrong === undefined ? parseArgs({ args: [...args], options, allowPositionals: true, tokens: true }) : refuse(wrong);
  } catch (error) {
    return refuse((error as Error).message);
  }
}

/** What is there twice where it is meant once; `why` by its name where there is more to say. */
export function twice(tokens: readonly Token[], options: TypedOptions, why: Readonly<Record<string, string>> = {}): string | undefined {
  const names = tokens.filter(({ kind }) => kind === "option").map(({ name }) => name!);
  const [name] = names.filter(
    (each, i) => names.indexOf(each) !== i && options[each]!.type === "string" && options[each]!.multiple !== true,
  );
  if (name === undefined) return undefined;
  return `--${name} is there ${names.filter((each) => each === name).length} times: ${why[name] ?? "it is said once"}`;
}
