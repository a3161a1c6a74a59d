// A recorder and what its tests do with it: small rings, so that they are soon full, and drains into a string.

import { input, textAt } from "../formatted";
import { LABEL_WHOLE, POLICY_NEWEST, Recorder, RING_BYTES_MIN } from "../../../assembly/record/records";
import { drainBegin, drainCommit, drainDone, FORMAT_CSV } from "../../../assembly/record/drain";
import { labelIntern } from "../../../assembly/record/label";
import { recorderCapacity, recorderCreate, recorderSwitch } from "../../../assembly/record/recorder";
import { ringBind } from "../../../assembly/record/ring";
import { drainText, drainWrite } from "../../../assembly/record/rows";
import { sampleRecord } from "../../../assembly/record/sample";

/** What clocks of tests count from: 2023, in milliseconds. */
export const ORIGIN: f64 = 1700000000000;
export const HEADER_LINE: string = "Timepoint,Measurement,Label,PID\r\n";

/** A recorder with four rings of 137 samples, on. */
export function recording(policy: u32 = POLICY_NEWEST, name: u64 = 7): usize {
  const recorder = recorderCreate(name, policy, RING_BYTES_MIN, 4 * RING_BYTES_MIN, 8, 512);
  if (recorder < 0) abort("No recorder");
  recorderSwitch(recorder, true);
  return recorder;
}

export function bound(recorder: usize): usize {
  const ring = ringBind(recorder, ORIGIN);
  if (ring < 0) abort("No ring");
  return ring;
}

export function label(recorder: usize, text: string, whole: bool = false): u32 {
  return labelIntern(recorder, input(text), whole ? LABEL_WHOLE : 0);
}

/** Records the values from one to another, each at as many milliseconds. */
export function values(ring: usize, number: u32, from: u32, to: u32): void {
  for (let i = from; i <= to; i++) sampleRecord(ring, number, i, i);
}

/** The slices of a drain that is begun, joined. */
export function written(recorder: usize, turn: u32, slice: u32 = 131072): string {
  let text = "";
  for (let i = 0; i < 100000; i++) {
    const length = drainWrite(recorder, turn, slice, 0);
    if (length < 0) return "status " + length.toString();
    text += textAt(drainText(), length);
    if (drainDone(recorder)) return text;
  }
  return "never done";
}

/** A whole drain. */
export function drained(recorder: usize, format: u32 = FORMAT_CSV, slice: u32 = 131072): string {
  const turn = drainBegin(recorder, format, 42);
  const text = written(recorder, turn, slice);
  drainCommit(recorder, turn);
  return text;
}

/** A row of `values`. */
export function row(value: u32, text: string): string {
  return (1700000000000 + <u64>value).toString() + "000000," + value.toString() + ".0," + text + ",42\r\n";
}

export function rows(from: u32, to: u32, text: string): string {
  let all = "";
  for (let i = from; i <= to; i++) all += row(i, text);
  return all;
}

export function capacity(recorder: usize): u32 {
  return recorderCapacity(recorder);
}

export function wanted(recorder: usize): u32 {
  return changetype<Recorder>(recorder).wanted;
}
