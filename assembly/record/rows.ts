// A drain's samples as text, in slices: CSV as QuantumLeap's telemetry writes it, for Pandas and for COPY, or JSON lines.
//
//   Timepoint,Measurement,Label,PID                     lines end in CR LF; the header stands alone where nothing waited
//   1700000000000000000,0.25,"say ""x""",7              quotes only where there is a comma, a quote or an end of line
//
//   {"timepoint":1700000000000000000,"measurement":0.25,"thread":0,"label":"say \"x\"","pid":7}
//
// Rows are grouped by label in the order of first appearance, and stand in the order of time inside a group. Numbers are
// Python's: `1.0`, `1e-05`; `25` where the label says that its values are whole. JSON has no NaN and no infinity: null.
//
// What all rows of a label end in is made once a slice, in front of the slice's text:
//
//   0 what a label's rows end in   ENDING_BYTES
//   + text                         a slice, and one row more

import { EXHAUSTED, GONE, NO_WRITER } from "../status";
import { outputAddress, owned } from "../store/writer";
import { textPut } from "../text/escape";
import { integerPut, isWhole, NUMBER_BYTES, pythonPut } from "../text/number";
import { DONE, drainLink, FORMAT_JSON, HEADING, isHeld, LINKING, linkOf, sampleCopied, WRITING } from "./drain";
import { labelAt, labelNumber } from "./label";
import { Group, Label, LABEL_BYTES_MAX, LABEL_WHOLE, Recorder, Ring, Sample } from "./records";
import { ringAt } from "./ring";

const COMMA: u32 = 44;
const QUOTE: u32 = 34;
const BACKSLASH: u32 = 92;
const MINUS: u32 = 45;
/** CR LF. */
const LINE_END: u32 = 0x0a0d;
/** Vectors may be written 16 bytes further. */
const SLACK_BYTES: u32 = 64;
/** A label all of whose bytes are escaped as JSON does, and an id. */
const ENDING_BYTES: u32 = 6 * LABEL_BYTES_MAX + 64 + SLACK_BYTES;
/** What stands in front of that. */
const ROW_BYTES: u32 = 128 + NUMBER_BYTES;
/** Of one slice; more is no faster. */
const SLICE_MOST: u32 = 1 << 24;

/** "Timepoint,Measurement,Label,PID\r\n" */
const CSV_HEADER: usize = memory.data<u8>([
  84, 105, 109, 101, 112, 111, 105, 110, 116, 44, 77, 101, 97, 115, 117, 114, 101, 109, 101, 110, 116, 44, 76, 97, 98, 101, 108, 44, 80, 73,
  68, 13, 10,
]);
const CSV_HEADER_LENGTH: u32 = 33;
/** '{"timepoint":' */
const JSON_TIME: usize = memory.data<u8>([123, 34, 116, 105, 109, 101, 112, 111, 105, 110, 116, 34, 58]);
const JSON_TIME_LENGTH: u32 = 13;
/** ',"measurement":' */
const JSON_VALUE: usize = memory.data<u8>([44, 34, 109, 101, 97, 115, 117, 114, 101, 109, 101, 110, 116, 34, 58]);
const JSON_VALUE_LENGTH: u32 = 15;
/** ',"thread":' */
const JSON_THREAD: usize = memory.data<u8>([44, 34, 116, 104, 114, 101, 97, 100, 34, 58]);
const JSON_THREAD_LENGTH: u32 = 10;
/** ',"label":"' */
const JSON_LABEL: usize = memory.data<u8>([44, 34, 108, 97, 98, 101, 108, 34, 58, 34]);
const JSON_LABEL_LENGTH: u32 = 10;
/** '","pid":' */
const JSON_PROCESS: usize = memory.data<u8>([34, 44, 34, 112, 105, 100, 34, 58]);
const JSON_PROCESS_LENGTH: u32 = 8;
/** "null" */
const NULL_WORD: u32 = 0x6c6c756e;
/** "}\n" */
const JSON_END: u32 = 0x0a7d;

/** Where the last slice begins. */
let text: usize = 0;

export function drainText(): usize {
  return text;
}

function isQuoted(from: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) {
    const byte = load<u8>(from + i);
    if (byte == COMMA || byte == QUOTE || byte == 10 || byte == 13) return true;
  }
  return false;
}

/** A label as a field of CSV. */
function fieldPut(at: usize, from: usize, length: u32): usize {
  if (!isQuoted(from, length)) return textPut(at, from, length);
  store<u8>(at++, QUOTE);
  for (let i: u32 = 0; i < length; i++) {
    const byte = load<u8>(from + i);
    if (byte == QUOTE) store<u8>(at++, QUOTE);
    store<u8>(at++, byte);
  }
  store<u8>(at, QUOTE);
  return at + 1;
}

function hexadecimal(digit: u32): u32 {
  return digit < 10 ? 48 + digit : 87 + digit;
}

/** A label inside a JSON string. */
function stringPut(at: usize, from: usize, length: u32): usize {
  for (let i: u32 = 0; i < length; i++) {
    const byte: u32 = load<u8>(from + i);
    if (byte < 32) {
      // \u00 and two digits.
      store<u32>(at, 0x3030755c);
      store<u8>(at + 4, hexadecimal(byte >> 4));
      store<u8>(at + 5, hexadecimal(byte & 15));
      at += 6;
      continue;
    }
    if (byte == QUOTE || byte == BACKSLASH) store<u8>(at++, BACKSLASH);
    store<u8>(at++, byte);
  }
  return at;
}

/** What all rows of a label end in; the address behind it. */
function endingPut(at: usize, record: Recorder, label: usize): usize {
  const from = label + offsetof<Label>();
  const length = changetype<Label>(label).length;
  if (record.format == FORMAT_JSON) {
    at = stringPut(textPut(at, JSON_LABEL, JSON_LABEL_LENGTH), from, length);
    at = integerPut(textPut(at, JSON_PROCESS, JSON_PROCESS_LENGTH), record.process);
    store<u16>(at, JSON_END);
    return at + 2;
  }
  store<u8>(at++, COMMA);
  at = fieldPut(at, from, length);
  store<u8>(at++, COMMA);
  at = integerPut(at, record.process);
  store<u16>(at, LINE_END);
  return at + 2;
}

function measurementPut(at: usize, value: f64, whole: bool): usize {
  if (!whole || !isWhole(value)) return pythonPut(at, value);
  if (value < 0) store<u8>(at++, MINUS);
  return integerPut(at, <u64>abs(value));
}

/** The row of a sample up to its label. */
function rowPut(at: usize, record: Recorder, ring: usize, sample: Sample, whole: bool): usize {
  // A time is none before the epoch: origins and what passes since are not negative.
  if (record.format != FORMAT_JSON) {
    at = integerPut(at, <u64>sample.time);
    store<u8>(at, COMMA);
    return measurementPut(at + 1, sample.value, whole);
  }
  at = integerPut(textPut(at, JSON_TIME, JSON_TIME_LENGTH), <u64>sample.time);
  at = textPut(at, JSON_VALUE, JSON_VALUE_LENGTH);
  if (sample.value - sample.value == 0) at = measurementPut(at, sample.value, whole);
  else {
    store<u32>(at, NULL_WORD);
    at += 4;
  }
  return integerPut(textPut(at, JSON_THREAD, JSON_THREAD_LENGTH), changetype<Ring>(ring).thread);
}

/** Writes rows from where the recorder says up to `limit`; the address behind the last one. */
function rowsPut(recorder: usize, at: usize, limit: usize, ending: usize): usize {
  const record = changetype<Recorder>(recorder);
  const bits = record.slotBits;
  const mask: u32 = (1 << bits) - 1;
  while (record.label != 0) {
    const number = record.label - 1;
    const group = changetype<Group>(<usize>record.groups + number * offsetof<Group>());
    const label = labelAt(recorder, number);
    const whole = (changetype<Label>(label).flags & LABEL_WHOLE) != 0;
    const endingLength = <u32>(endingPut(ending, record, label) - ending);
    let reference = record.reference == 0 ? group.first : record.reference;
    while (reference != 0) {
      if (at >= limit) {
        record.reference = reference;
        return at;
      }
      const ring = ringAt(recorder, (reference - 1) >> bits);
      const slot = (reference - 1) & mask;
      const from = changetype<Ring>(ring);
      const ahead: u64 = slot >= from.fromSlot ? slot - from.fromSlot : slot + from.capacity - from.fromSlot;
      const copy = sampleCopied(ring, from.samples + slot * offsetof<Sample>(), from.from + ahead);
      // It may be another one by now, or have shown its label late.
      if (copy != 0 && labelNumber(recorder, changetype<Sample>(copy).label) == number) {
        at = textPut(rowPut(at, record, ring, changetype<Sample>(copy), whole), ending, endingLength);
        from.written++;
      }
      reference = load<u32>(linkOf(recorder, reference - 1));
    }
    record.reference = 0;
    record.label = group.next;
  }
  record.phase = DONE;
  return at;
}

/**
 * Writes the next slice of a drain, of about `slice` bytes, and returns its length; 0 while rows are put in order, so ask `drainDone`
 * whether it was the last. Its place is in `drainText`, whose address modulo 8 is `aligned`. GONE for a turn that is over.
 */
export function drainWrite(recorder: usize, turn: u32, slice: u32, aligned: u32): i32 {
  if (!owned()) return NO_WRITER;
  if (!isHeld(recorder, turn)) return GONE;
  const record = changetype<Recorder>(recorder);
  if (record.phase == LINKING) {
    drainLink(recorder, turn);
    return 0;
  }
  slice = min<u32>(slice, SLICE_MOST);
  const block = outputAddress(ENDING_BYTES + CSV_HEADER_LENGTH + slice + ROW_BYTES + ENDING_BYTES + SLACK_BYTES);
  if (block == 0) return EXHAUSTED;
  text = ((block + ENDING_BYTES + 7) & ~7) + (aligned & 7);
  let at = text;
  if (record.phase == HEADING) {
    if (record.format != FORMAT_JSON) at = textPut(at, CSV_HEADER, CSV_HEADER_LENGTH);
    record.phase = WRITING;
  }
  if (record.phase == WRITING) at = rowsPut(recorder, at, text + max<u32>(slice, 1), block);
  return <i32>(at - text);
}
