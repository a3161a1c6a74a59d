// What an answer to remote write says of what was sent: whether it arrived, how much of it, and whether it is to be tried again (rules R6, S8 to S10).

import type { Counts } from "./batch.ts";
import type { Outcome } from "./delivery.ts";
import { type Answer, textOf } from "./request.ts";
import { lostHint, partlyTaken, refused } from "./worded.ts";

const HEADER = "x-prometheus-remote-write-";

/** What the receiver says that it wrote; undefined where it says nothing. */
function writtenOf(answer: Answer): Counts | undefined {
  const number = (what: string) => {
    const text = answer.header(`${HEADER}${what}-written`);
    return text !== null && /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
  };
  const [samples, histograms, exemplars] = [number("samples"), number("histograms"), number("exemplars")];
  if (samples === undefined && histograms === undefined && exemplars === undefined) return undefined;
  return { samples: samples ?? 0, histograms: histograms ?? 0, exemplars: exemplars ?? 0 };
}

function beyond(sent: Counts, written: Counts): Counts {
  return {
    samples: Math.max(0, sent.samples - written.samples),
    histograms: Math.max(0, sent.histograms - written.histograms),
    exemplars: Math.max(0, sent.exemplars - written.exemplars),
  };
}

/** Why a receiver of the second version is none; undefined where it is one. */
export function isOlder(answer: Answer): string | undefined {
  if (answer.status === 415) return "it answered 415";
  const success = answer.status >= 200 && answer.status < 300;
  return success && writtenOf(answer) === undefined ? `it answered ${answer.status} and not how much of it it wrote` : undefined;
}

/** Of the first version (1) nothing is said but by the status. */
export function outcomeOf(where: string, version: 1 | 2, sent: Counts, answer: Answer): Outcome {
  const { status } = answer;
  const what = `Cannot write to ${where}`;
  const written = version === 2 ? writtenOf(answer) : undefined;
  if (status >= 200 && status < 300) {
    const lost = beyond(sent, written ?? sent);
    const all = lost.samples + lost.histograms === 0;
    return all ? { kind: "sent", lost: undefined } : { kind: "sent", lost, error: partlyTaken(where, status, lost, textOf(answer)) };
  }
  if (status === 429 || status >= 500) {
    return { kind: "again", retrySeconds: answer.retrySeconds, error: refused(what, status, textOf(answer), "; it is tried again") };
  }
  const lost = beyond(sent, written ?? { samples: 0, histograms: 0, exemplars: 0 });
  return { kind: "lost", lost, error: refused(what, status, textOf(answer), lostHint(lost)) };
}
