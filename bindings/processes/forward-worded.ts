// What can go wrong where a collector hands on to another one, worded.

import { addressShown, addressWrong, placeOf, refusalOf, unreached } from "./push-worded.ts";

/** Characters of another program's answer. */
const SAID_LENGTH = 200;

export const LOOP = "This collector handed it on itself: collectors that forward to one another in a circle gain nothing by it";
export const NOT_A_ROW = "The body is no row of images, or has more of them than may be";

export function hopsTooMany(most: number): string {
  return `More than ${most} collectors handed it on: do they forward in a circle?`;
}

const CURES: Readonly<Record<number, string>> = {
  413: "the bodies are larger than its maxBytes; they are smaller from now on",
  415: "it takes no images of several processes: that collector is of an earlier version, and has to be updated first",
};

function onTo(url: string, why: string, cause?: unknown): Error {
  return new Error(`Cannot hand images on to ${placeOf(url)}: ${why}`, cause === undefined ? undefined : { cause });
}

export function forwardRefused(url: string, status: number, said: string): Error {
  return onTo(url, refusalOf(url, status, said, CURES));
}

export function forwardFailed(url: string, cause: unknown): Error {
  return unreached(url, cause, (why, told) => onTo(url, why, told));
}

export function forwardAbandoned(url: string): Error {
  return onTo(url, "a request never came back, and was given up");
}

export function answersInvalid(url: string): Error {
  return onTo(url, "the answer is 200, but no collector's");
}

/** Of one process alone; the others' are handed on. */
export function entryRefused(url: string, status: number, why: string): Error {
  return onTo(url, `of a process it says ${status}, ${why.trim().slice(0, SAID_LENGTH)}`);
}

export function entryTooLarge(bytes: number): string {
  return `its ${bytes} bytes cannot be divided; the receiver's maxBytes must be as much`;
}

export function waitingDropped(url: string, maxBytes: number, ended: boolean): Error {
  const then = ended ? "what processes counted that ended meanwhile is lost there" : "processes are asked for their whole images later";
  return onTo(url, `more than its maxWaitingBytes, which is ${maxBytes}, would wait; ${then}`);
}

/** Of one that nobody can ask for its whole image. */
export function lastLost(url: string, status: number): Error {
  return onTo(
    url,
    `of a process that ended, or fell silent, it says ${status}, and took none of what waited; what that counted since it was last heard of there is lost there`,
  );
}

function bodies(count: number): string {
  return count === 1 ? "1 body" : `${count} bodies`;
}

/** After it was told that it does not. */
export function forwardsAgain(url: string): Error {
  return new Error(`Hands images on to ${placeOf(url)} again`);
}

export function somePausing(url: string, waiting: number): Error {
  return onTo(url, `${bodies(waiting)} of processes that it refused just now still ${waiting === 1 ? "waits" : "wait"}`);
}

export function someRefused(url: string, refused: number, sent: number): Error {
  return onTo(url, `of ${bodies(sent)} it took ${sent - refused}; the others wait, or their processes are asked for whole images`);
}

export function leftBehind(url: string, count: number, seconds: number): Error {
  return onTo(
    url,
    `${bodies(count)} still waited ${seconds} s after this collector was closed, and ${count === 1 ? "is" : "are"} given up`,
  );
}

export function forwardUrlInvalid(url: unknown): Error {
  return new TypeError(`Cannot forward to ${addressShown(url)}: ${addressWrong(url)}`);
}
