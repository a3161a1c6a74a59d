// What was typed behind `tallystick probe`, checked.

import { existsSync, statSync } from "node:fs";
import process from "node:process";
import { shown } from "../../../errors.ts";
import { checkEmpty, impossible, portOf, type Refuse, refuser, twice, typed } from "../../../processes/typed.ts";
import { PID_MOST, type ProbeGrouping, type ProbeOptions } from "../settings.ts";

const USAGE = `Usage: tallystick probe [options]

Shows what the processes of this host use, and the host, read from /proc by a thread of its own that keeps to a budget of CPU:
serves it at /metrics, or pushes what changed to a receiver (tallystick collect --push-token, or receiver() of tallystick/push).

  --port N           serves at this port, 0 for any: 9464 by default, and with --push only where it is said
  --host HOST        127.0.0.1 by default
  --push URL         pushes there
  --push-token TOKEN with this token. Others may see it in the list of processes: the environment's TALLYSTICK_PUSH_TOKEN
                     says the same unseen
  --push-seconds N   how often: as --period by default
  --label NAME=VALUE of every series, such as host=db-1, which tells hosts apart on one collector; may be repeated
  --by GROUPING      a series for each command (by default), for each pid, or one in total
  --groups N         so many commands or pids at most, others are counted together: 100 by default, 1000 by pid
  --tree PID         only this process and what descends from it
  --budget PERCENT   the CPU that it may take, of one core: 1 by default. What would cost more comes less often
  --period SECONDS   how often all processes are looked at: 1 by default
  --slow SECONDS     how often descriptors and sockets are: 10 by default
  --proc DIR         where the host's /proc is mounted: /proc by default
  --help             says this

Ends by SIGTERM, SIGINT and SIGHUP, after a last push; by a second one at once. Ends with 64 where something was typed wrong, and with
1 where the port cannot be had or the probe is over.
`;

const OPTIONS = {
  port: { type: "string" },
  host: { type: "string" },
  push: { type: "string" },
  "push-token": { type: "string" },
  "push-seconds": { type: "string" },
  label: { type: "string", multiple: true },
  by: { type: "string" },
  groups: { type: "string" },
  tree: { type: "string" },
  budget: { type: "string" },
  period: { type: "string" },
  slow: { type: "string" },
  proc: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

/** Of the collector's program, too: a host has one of the two on it. */
const PORT = "9464";
const HOST = "127.0.0.1";
const PERIOD_SECONDS = 1;
const PUSH_SECONDS_LEAST = 0.1;
const PUSH_SECONDS_MOST = 3600;
/** Number() takes "" and "0x10", too. */
const NUMBER = /^\d{1,9}(?:\.\d{1,9})?$/;

export interface Given {
  readonly served: { readonly port: number; readonly host: string } | undefined;
  readonly pushed: { readonly url: string; readonly token: string; readonly seconds: number } | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: ProbeOptions;
}

/** Options of a probe that are typed otherwise. */
const TYPED: Readonly<Record<string, string>> = {
  by: "--by",
  maxGroups: "--groups",
  tree: "--tree",
  budgetPercent: "--budget",
  periodSeconds: "--period",
  slowSeconds: "--slow",
};

/** What a probe says of an option, by the name that was typed. */
export function asTyped(error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  return new RangeError(
    error.message.replace(/ as (\w+) of a probe:/, (said, option: string) =>
      TYPED[option] === undefined ? said : ` as ${TYPED[option]}:`,
    ),
  );
}

function numberOf(option: string, text: string | undefined, refuse: Refuse): number | undefined {
  if (text === undefined) return undefined;
  return NUMBER.test(text) ? Number(text) : refuse(`${option} is ${shown(text)}, which is no number such as 10 or 0.5`);
}

function labelsOf(said: readonly string[], refuse: Refuse): Record<string, string> {
  const labels = new Map<string, string>();
  for (const each of said) {
    const at = each.indexOf("=");
    const [name, value] = [each.slice(0, Math.max(0, at)), each.slice(at + 1)];
    if (name === "" || value === "")
      refuse(`--label is ${shown(each)}, and not a name, = and a value: is the variable set that it comes of?`);
    if (labels.has(name)) refuse(`--label has ${shown(name)} twice`);
    labels.set(name, value);
  }
  return Object.fromEntries(labels);
}

/** What was typed. Ends the program where that is wrong, or where help was asked for. */
export function given(args: readonly string[]): Given {
  const refuse = refuser("probe");
  const { values, positionals, tokens } = typed(args, OPTIONS, refuse);
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  if (positionals[0] !== undefined) refuse(`probe takes options alone, and not ${shown(positionals[0])}`);
  const repeated = twice(tokens, OPTIONS);
  if (repeated !== undefined) refuse(repeated);
  checkEmpty(
    [
      ["--host", [values.host]],
      ["--push", [values.push]],
      ["--push-token", [values["push-token"]]],
      ["--proc", [values.proc]],
    ],
    refuse,
  );
  if (values.proc !== undefined && statSync(values.proc, { throwIfNoEntry: false })?.isDirectory() !== true) {
    impossible(new Error(`${shown(values.proc)} is no directory: --proc is where a /proc is mounted`));
  }
  const tree = numberOf("--tree", values.tree, refuse);
  const proc = values.proc ?? "/proc";
  // Where there is no /proc at all that is told, and served.
  const isPid = Number.isInteger(tree) && tree! >= 1 && tree! <= PID_MOST;
  if (isPid && existsSync(proc) && !existsSync(`${proc}/${tree}`)) {
    impossible(new Error(`${shown(proc)} has no process ${tree}: --tree is the pid of one that runs`));
  }
  const periodSeconds = numberOf("--period", values.period, refuse);
  const options: ProbeOptions = {
    by: values.by as ProbeGrouping | undefined,
    maxGroups: numberOf("--groups", values.groups, refuse),
    tree,
    budgetPercent: numberOf("--budget", values.budget, refuse),
    periodSeconds,
    slowSeconds: numberOf("--slow", values.slow, refuse),
    proc: values.proc,
  };
  const seconds = numberOf("--push-seconds", values["push-seconds"], refuse);
  const isServed = values.push === undefined || values.port !== undefined;
  if (!isServed && values.host !== undefined) refuse("--host is of what is served: give --port, too");
  return {
    served: isServed ? { port: portOf(values.port ?? PORT, refuse), host: values.host ?? HOST } : undefined,
    pushed: pushedOf(values.push, values["push-token"], seconds, periodSeconds ?? PERIOD_SECONDS, refuse),
    labels: labelsOf(values.label ?? [], refuse),
    options,
  };
}

function pushedOf(
  url: string | undefined,
  said: string | undefined,
  seconds: number | undefined,
  period: number,
  refuse: Refuse,
): Given["pushed"] {
  if (url === undefined) {
    if (said !== undefined || seconds !== undefined)
      refuse(`--push-${said === undefined ? "seconds" : "token"} is of pushes: give --push, too`);
    return undefined;
  }
  // One of the environment that is empty is none: that is how some say that there is none.
  const token = said ?? (process.env["TALLYSTICK_PUSH_TOKEN"] || undefined);
  if (token === undefined) return refuse("--push wants a token: give --push-token or the environment's TALLYSTICK_PUSH_TOKEN");
  if (seconds !== undefined && !(seconds >= PUSH_SECONDS_LEAST && seconds <= PUSH_SECONDS_MOST)) {
    refuse(`--push-seconds is ${seconds}, which is none from ${PUSH_SECONDS_LEAST} to ${PUSH_SECONDS_MOST}`);
  }
  return { url, token, seconds: seconds ?? period };
}
