// The lines of an exposition in their order: which family they are of, and the rules that follow from that.

import { baseOf, Family, type FamilyType, suffixesOf, typed, typesOf } from "./family.ts";
import { type Findings, flat, quoted, short } from "./findings.ts";
import { labelTold, nameTold } from "./good-names.ts";
import { hashKey, Hashes } from "./hashes.ts";
import { millisecondsOf, numberOf, secondsOf } from "./numbers.ts";
import { labelsKey, Points } from "./points.ts";
import type { LintFormat, RuleName } from "./rules.ts";
import { type Metadata, metadataOf, type Reading, type Sample, sampleOf } from "./scan.ts";
import { exemplarTold, valueTold } from "./values.ts";

/** Families whose names are kept: what comes beyond is not compared with what comes again. */
export const FAMILIES_MOST = 100_000;
/** Characters of all of these names. */
export const NAMES_MOST = 8_388_608;
/** Things told once of each family. */
const TOLD_MOST = 1_000_000;
/** Series that are compared: their hashes take 64 MiB at the most. */
export const SERIES_MOST = 4_000_000;
const ORDER = ["TYPE", "UNIT", "HELP"];

export class Exposition {
  readonly #format: LintFormat;
  readonly #findings: Findings;
  readonly #reading: Reading;
  readonly #families = new Map<string, Family>();
  /** Characters of their names. */
  #characters = 0;
  #current: Family | undefined;
  readonly #told = new Hashes(TOLD_MOST);
  /** Of OpenMetrics: the names that samples of a family could have, by their hashes, and whose they are. */
  readonly #claimed = new Map<string, Family>();
  readonly #series = new Hashes(SERIES_MOST);
  readonly #points: Points;
  #line = 0;
  #isEnded = false;
  #isBehindTold = false;
  #isOrderTold = false;
  #limits = new Set<string>();
  readonly #open: boolean;

  constructor(format: LintFormat, utf8: boolean, findings: Findings) {
    this.#format = format;
    this.#open = format === "openmetrics";
    this.#findings = findings;
    this.#reading = { strict: this.#open, utf8, tell: (rule, message, metric = "") => this.tell(rule, message, metric) };
    this.#points = new Points(format, (rule, line, message) => findings.tell(rule, line, this.#current?.name ?? "", message));
  }

  tell(rule: RuleName, message: string, metric = ""): void {
    this.#findings.tell(rule, this.#line, metric, message);
  }

  /** A line that cannot be looked at. */
  unread(rule: RuleName, message: string): void {
    this.#line++;
    this.tell(rule, message);
  }

  line(text: string): void {
    this.#line++;
    if (this.#isEnded) {
      // Text's parsers take # EOF for a comment.
      if (!this.#isBehindTold) this.tell("end", "there is something behind # EOF");
      this.#isBehindTold = true;
      return;
    }
    if (this.#open && text === "# EOF") {
      this.#isEnded = true;
      return;
    }
    const blank = /^[ \t]*$/.test(text);
    if (blank && this.#open) this.tell("syntax", "OpenMetrics has no blank lines");
    if (blank) return;
    const isComment = this.#open ? text.startsWith("#") : /^[ \t]*#/.test(text);
    if (isComment) {
      const metadata = metadataOf(text, this.#reading);
      if (metadata !== undefined) this.#metadata(metadata);
      return;
    }
    const sample = sampleOf(text, this.#reading);
    if (sample !== undefined) this.#sample(sample);
  }

  /** The end of the page; `ended`: its last line was, by a line feed. */
  end(ended: boolean): void {
    this.#points.close();
    // Of what is empty, the first line is missing.
    this.#line = Math.max(1, this.#line);
    if (this.#open && this.#current !== undefined) this.#claim(this.#current);
    if (this.#open && !this.#isEnded) this.tell("end", "there is no # EOF at the end");
    if (!this.#open && !ended) this.tell("end", "the last line has no line feed at its end");
    for (const family of this.#families.values()) {
      nameTold(family, this.#format, (rule, message) => this.#findings.tell(rule, family.line, family.name, message));
    }
  }

  #limited(what: string, message: string): void {
    if (!this.#limits.has(what)) this.tell("limit", message);
    this.#limits.add(what);
  }

  /** The family of a name, made where there is none. */
  #family(name: string): Family {
    const there = this.#families.get(name);
    if (there !== undefined) return there;
    const made = new Family(flat(name), this.#line, this.#told);
    if (this.#families.size < FAMILIES_MOST && this.#characters + name.length <= NAMES_MOST) {
      this.#characters += name.length;
      this.#families.set(made.name, made);
    } else {
      const limits = `${FAMILIES_MOST} families, or ${NAMES_MOST} characters in their names`;
      this.#limited("families", `there are more than ${limits}: the others' names are not looked at`);
    }
    return made;
  }

  /** Makes a family the one that lines are of. */
  #turn(family: Family): void {
    if (family === this.#current) return;
    this.#points.close();
    if (this.#open && this.#current !== undefined) this.#claim(this.#current);
    this.#current = family;
    if (family.metadata.size === 0 && family.samples === 0) return;
    family.isSplit = true;
    if (family.once("grouping"))
      this.tell("grouping", "its lines do not stand together: those of another family stand between them", family.name);
  }

  /** Rule of OpenMetrics: names that a family could have are no other one's. */
  #claim(family: Family): void {
    if (this.#claimed.size > FAMILIES_MOST) return;
    for (const suffix of new Set(["", ...suffixesOf(family.typeIn(this.#format), this.#format)])) {
      const name = family.name + suffix;
      const key = hashKey(name);
      const other = this.#claimed.get(key);
      if (other !== undefined && other !== family && family.once("clash")) {
        this.#findings.tell("clash", family.line, family.name, `${quoted(name)} could be a sample of it and of ${quoted(other.name)}`);
      }
      this.#claimed.set(key, family);
    }
  }

  /** Of text: readers take a line of one for the other's. */
  #clashed(family: Family, other: Family): void {
    if (!family.once("clash")) return;
    const [sample, whole] = family.name.length > other.name.length ? [family, other] : [other, family];
    this.tell("clash", `${quoted(sample.name)} is a sample of the ${whole.type} ${quoted(whole.name)}`, family.name);
  }

  #metadata({ kind, name, text }: Metadata): void {
    const isNew = !this.#families.has(name);
    const family = this.#family(name);
    this.#turn(family);
    const base = this.#families.get(baseOf(name));
    // OpenMetrics has a rule of its own, of all names that there could be.
    if (isNew && !this.#open && base !== undefined && base !== family && this.#isOf(base, name)) this.#clashed(family, base);
    const tell = (rule: RuleName, message: string) => this.tell(rule, message, name);
    if (family.metadata.has(kind)) return tell("metadata", `${kind} is there twice`);
    if (family.samples > 0) tell("metadata", `${kind} stands behind samples of the metric`);
    if (this.#open && !this.#isOrderTold && [...family.metadata].some((other) => ORDER.indexOf(other) > ORDER.indexOf(kind))) {
      this.#isOrderTold = true;
      tell("metadata-order", `${kind} stands behind ${[...family.metadata].at(-1)}: the order is TYPE, UNIT, HELP`);
    }
    family.metadata.add(kind);
    if (kind === "HELP") family.hasHelp = text !== "";
    else if (kind === "UNIT") this.#unit(family, text);
    else this.#type(family, text);
  }

  #type(family: Family, text: string): void {
    const known = typesOf(this.#format);
    const type = known.find((each) => each === text);
    if (type === undefined) {
      return this.tell(
        "type",
        `${quoted(text)} is no type of ${this.#open ? "OpenMetrics" : "text"}: it must be one of ${known.join(", ")}`,
        family.name,
      );
    }
    family.type = type as FamilyType;
    for (const suffix of this.#open ? [] : suffixesOf(family.type, this.#format)) {
      const other = suffix === "" ? undefined : this.#families.get(family.name + suffix);
      if (other !== undefined) this.#clashed(family, other);
    }
    if (this.#open && text === "counter" && family.name.endsWith("_total") && family.once("suffix")) {
      this.tell("suffix", "a counter's family is named without _total: its samples have that", family.name);
    }
    if (text === "info" && family.name === "target" && this.#families.size > 1) {
      this.tell("target", "target_info is not the first metric", family.name);
    }
    this.#unitTold(family);
  }

  #unit(family: Family, text: string): void {
    family.unit = flat(short(text));
    if (text !== "" && !family.name.endsWith(`_${text}`)) this.tell("unit", `the name does not end in its unit _${text}`, family.name);
    this.#unitTold(family);
  }

  #unitTold({ name, unit = "", type }: Family): void {
    if (unit !== "" && (type === "info" || type === "stateset"))
      this.tell("unit", `${typed(type)} has no unit, and this one has ${quoted(unit)}`, name);
  }

  /** The family that a sample is of. */
  #familyOf(name: string): Family {
    const current = this.#current;
    const exact = this.#families.get(name);
    // One that is declared has its samples, whatever another one's could be named.
    if (exact !== undefined && exact.metadata.size > 0) return exact;
    if (current !== undefined && this.#isOf(current, name)) return current;
    if (exact !== undefined) return exact;
    const base = this.#families.get(baseOf(name));
    if (base !== undefined && this.#isOf(base, name)) return base;
    if (base !== undefined && this.#open && this.#isAlmost(base)) return base;
    return this.#family(name);
  }

  #isOf(family: Family, name: string): boolean {
    if (!name.startsWith(family.name)) return false;
    return suffixesOf(family.typeIn(this.#format), this.#format).includes(name.slice(family.name.length));
  }

  /** A suffix that is another type's is a mistake behind a type that has suffixes, and a family of its own behind others. */
  #isAlmost({ type }: Family): boolean {
    return type === "histogram" || type === "gaugehistogram" || type === "summary";
  }

  #sample(sample: Sample): void {
    const { name, labels } = sample;
    const family = this.#familyOf(name);
    this.#turn(family);
    family.samples++;
    const tell = (rule: RuleName, message: string) => this.tell(rule, message, family.name);
    const type = family.typeIn(this.#format);
    const suffix = name.slice(family.name.length);
    const suffixes = suffixesOf(type, this.#format);
    const isOwn = suffixes.includes(suffix);
    if (!isOwn && family.once("suffix", suffix)) {
      const names = suffixes.map((each) => short(family.name) + each).join(", ");
      tell("suffix", `${quoted(name)} is no sample of ${typed(type)}: those are ${names}`);
    }
    for (const { name: label } of labels) labelTold(label, family, this.#format, tell);
    const value = numberOf(sample.value);
    if (value === undefined) return tell("value", `${quoted(sample.value)} is no number`);
    this.#time(sample, tell);
    this.#once(sample, tell);
    if (this.#open) {
      valueTold(family, type, suffix, sample, value, tell);
      exemplarTold(type, suffix, sample, tell);
    }
    if (isOwn) this.#points.sample(family, type, suffix, sample, value, this.#line);
  }

  #time({ timestamp }: Sample, tell: (rule: RuleName, message: string) => void): void {
    if (timestamp === undefined) return;
    if (this.#open && secondsOf(timestamp) === undefined) tell("timestamp", `the timestamp ${quoted(timestamp)} is no time in seconds`);
    if (!this.#open && millisecondsOf(timestamp) === undefined)
      tell("timestamp", `the timestamp ${quoted(timestamp)} is no whole number of milliseconds`);
  }

  /** That a series is there once; in OpenMetrics once at each moment. */
  #once({ name, labels, timestamp = "" }: Sample, tell: (rule: RuleName, message: string) => void): void {
    const moment = this.#open ? `\u0002${timestamp}` : "";
    if (!this.#series.add(`${name.length}:${name}${labelsKey(labels)}${moment}`)) {
      const of = labels.map((label) => `${label.name}=${JSON.stringify(label.value)}`).join(",");
      tell(
        "duplicate",
        `${quoted(of === "" ? name : `${name}{${of}}`)
          .slice(1, -1)
          .replaceAll('\\"', '"')} is there twice`,
      );
    }
    if (this.#series.full) this.#limited("series", `there are more than ${SERIES_MOST} series: the others are not compared`);
  }
}
