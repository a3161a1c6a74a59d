// The core's door as TypeScript sees it: a line for each export of assembly/index.ts; test/tidy holds the two together.

/** The core's exports, as JavaScript sees them. */
export interface Exports {
  /** @internal What has WebAssembly's types is in no declaration: neither TypeScript's own nor Node's have them. */
  readonly LAYOUT_VERSION: WebAssembly.Global;
  /** @internal */
  readonly LABELS_BYTES_MAX: WebAssembly.Global;
  bytesFree(): number;
  bytesReserved(): number;
  memoryBytes(maxBytes: number): number;
  memoryCheck(): number;
  memoryFormat(maxBytes: number, key0: bigint, key1: bigint): number;
  memoryIdentity(): bigint;
  memoryKey(key0: bigint, key1: bigint): void;
  clockSet(seconds: number): void;
  inputAddress(bytes: number): number;
  writerOwned(): number;
  writerCount(): number;
  identityNext(): number;
  writerClaim(identity: number, thread: number, parent: number): number;
  writerRest(): void;
  writerLeave(): void;
  writerRenew(): void;
  writerRetire(index: number): number;
  writerRevoke(index: number): number;
  writersSweep(): number;
  writerFold(index: number, most: number): number;
  writerIdentity(index: number): number;
  writerIndex(): number;
  writerState(index: number): number;
  writerThread(index: number): number;
  writerParent(index: number): number;
  writersCollecting(): number;
  writerCollected(collectors: number, collected: number, wait: number): void;
  writersAwaited(wanted: number, milliseconds: number): number;
  writersMissed(wanted: number): void;
  scrapeWantedAddress(): number;
  snapshotsRepaired(): number;
  snapshotsUnexplained(): number;
  registryCreate(): number;
  registryFirst(): number;
  registryLabels(registry: number, state: number, length: number): number;
  registryRelabel(registry: number, state: number, length: number, replaced: number): number;
  registryRemove(registry: number, state: number): number;
  registryClear(registry: number, state: number): number;
  registryOwn(registry: number, state: number, owner: number): number;
  registriesEnd(identity: number): number;
  registryEmpty(registry: number, state: number, reset: number): number;
  conflictAddress(): number;
  familyCreate(registry: number, state: number, flags: number): number;
  familyDefinition(family: number): number;
  familyImported(family: number, state: number): number;
  familyEmpty(family: number, state: number, reset: number): number;
  familyAt(registry: number, state: number, position: number): number;
  familyAtState(): number;
  familyCells(family: number): number;
  familySeries(family: number): number;
  familyPosition(family: number): number;
  seriesAt(family: number, state: number, position: number): number;
  familyFind(registry: number, state: number, length: number): number;
  familyRemove(family: number, state: number): number;
  familyState(): number;
  recordState(record: number): number;
  seriesBind(family: number, state: number, length: number, overflow: number, value: number): number;
  seriesRemoveMatching(family: number, state: number, length: number): number;
  constantSet(
    family: number,
    state: number,
    length: number,
    overflow: number,
    set: number,
    value: number,
    timestamp: number,
    created: number,
    number: bigint,
    tailAt: number,
    tailBytes: number,
  ): number;
  constantSweep(family: number, state: number, number: bigint): number;
  constantRemove(family: number, state: number, setter: number): number;
  exemplarSet(cell: number, token: number, value: number, seconds: number, length: number): number;
  seriesToken(): number;
  seriesRemove(family: number, state: number, length: number): number;
  seriesRead(family: number, state: number, length: number): number;
  seriesValue(): number;
  seriesBuckets(): number;
  seriesQuantiles(): number;
  seriesSchema(): number;
  seriesZeroCount(): bigint;
  seriesSparseCount(negative: number): number;
  seriesSparseIndex(negative: number, bucket: number): number;
  seriesSparseBucket(negative: number, bucket: number): bigint;
  carryRead(family: number, state: number, position: number): number;
  carryMerge(family: number, state: number, length: number, carried: number, bucketsAt: number): number;
  carryValue(): number;
  carryKey(): number;
  carryKeyLength(): number;
  carryLabels(registry: number, state: number): number;
  carryBuckets(): number;
  sourceBlurred(source: number): number;
  sourceCreate(registry: number, state: number, name: bigint): number;
  sourceEnd(source: number): number;
  sourceFamily(source: number, family: number, state: number): number;
  sourceKept(source: number, blocker: number, state: number): number;
  sourceRenew(source: number, whole: number): number;
  sourceRelabel(source: number): number;
  sourcePublish(source: number, most: number): number;
  sourceRoom(source: number, bytes: number): number;
  sourceShared(source: number): void;
  sourceSweep(source: number): number;
  sourceWanted(source: number): number;
  processBaseline(process: number): number;
  processCreate(source: number): number;
  processDrop(process: number): number;
  processFold(process: number): number;
  processInstance(process: number): bigint;
  processLabels(process: number, length: number, added: number): number;
  processLive(process: number, live: number): number;
  processName(process: number, instance: bigint): void;
  processRetire(process: number): number;
  processSeconds(process: number): number;
  processSequence(process: number): number;
  processSeries(process: number): number;
  givenFamily(process: number, index: number, family: number, state: number): number;
  givenGone(process: number, index: number, position: number): number;
  givenSet(process: number, index: number, position: number, length: number, value: number, tailAt: number): number;
  imageApply(process: number, length: number): number;
  imageCheck(process: number, length: number): number;
  refusalDefinition(): number;
  refusalReason(): number;
  refusalValue(): number;
  retiredBegin(source: number, instance: bigint, generation: bigint, seconds: number): void;
  retiredDone(): number;
  retiredText(): number;
  retiredWrite(source: number): number;
  exporterBegin(exporter: number, base: number, flags: number, headLength: number, instance: bigint, seconds: number): number;
  exporterCreate(registry: number, registryState: number): number;
  exporterDone(exporter: number): number;
  exporterEnd(exporter: number): void;
  exporterSequence(exporter: number): number;
  exporterText(): number;
  exporterWrite(exporter: number, most: number): number;
  registryInstance(registry: number, state: number, random: bigint): bigint;
  registryNames(registry: number): number;
  registryRename(registry: number, names: number): number;
  pythonCreate(): number;
  pythonEnd(table: number): void;
  pythonBegin(table: number): void;
  pythonFile(table: number, rule: number, kind: number, process: number): number;
  pythonInput(table: number): number;
  pythonRead(table: number, length: number): number;
  pythonSamples(table: number): number;
  pythonRefused(table: number): number;
  pythonKeyCount(table: number): number;
  pythonKey(table: number, index: number): number;
  pythonKeyLength(table: number, index: number): number;
  pythonKeyKind(table: number, index: number): number;
  pythonKeyProcess(table: number, index: number): number;
  pythonKeySeen(table: number, index: number): number;
  pythonValues(table: number): number;
  pythonStamps(table: number): number;
  counterAdd(cell: number, token: number, amount: number): number;
  counterValueOffset(): number;
  gaugeAdd(cell: number, token: number, amount: number): number;
  gaugeSet(cell: number, token: number, value: number): number;
  gaugeSetLatest(cell: number, token: number, value: number, milliseconds: number): number;
  sharedAdd(cell: number, token: number, amount: number): number;
  sharedSet(cell: number, token: number, value: number): number;
  histogramObserve(cell: number, token: number, value: number): number;
  nativeObserve(cell: number, token: number, value: number): number;
  summaryObserve(cell: number, token: number, value: number): number;
  walkBegin(): number;
  expositionDone(): number;
  expositionFamily(): number;
  expositionPart(): number;
  expositionSeries(): number;
  expositionState(): number;
  expositionText(): number;
  expositionWrite(
    registry: number,
    registryState: number,
    walk: number,
    dialect: number,
    family: number,
    series: number,
    state: number,
    most: number,
    aligned: number,
    filterMode: number,
    filterCount: number,
  ): number;
  drainAbandon(recorder: number, turn: number): number;
  drainBegin(recorder: number, format: number, process: number): number;
  drainCommit(recorder: number, turn: number): number;
  drainDone(recorder: number): number;
  drainLimit(recorder: number, turn: number, bytes: number): number;
  drainNumber(recorder: number): number;
  drainReached(recorder: number): number;
  drainRest(recorder: number, turn: number): number;
  drainResting(recorder: number): number;
  drainResume(recorder: number, turn: number): number;
  drainTake(recorder: number, format: number, process: number): number;
  drainText(): number;
  drainWrite(recorder: number, turn: number, most: number, aligned: number): number;
  labelAdmit(recorder: number, length: number, most: number): number;
  labelIntern(recorder: number, length: number, flags: number): number;
  recorderCapacity(recorder: number): number;
  recorderCreate(name: bigint, policy: number, ringBytes: number, maxBytes: number, labelsMax: number, labelRoom: number): number;
  recorderDrained(recorder: number, ring: number): number;
  recorderDropped(recorder: number): number;
  recorderFind(name: bigint): number;
  recorderHead(recorder: number, ring: number): number;
  recorderOnAddress(recorder: number): number;
  recorderRecorded(recorder: number): number;
  recorderRefused(recorder: number): number;
  recorderRows(recorder: number): number;
  recorderSwitch(recorder: number, on: number): void;
  recorderWaiting(recorder: number): number;
  recorderWantedAddress(recorder: number): number;
  ringBind(recorder: number, milliseconds: number): number;
  sampleLost(recorder: number, count: number): void;
  durationRecord(ring: number, label: number, started: number, milliseconds: number): number;
  sampleRecord(ring: number, label: number, milliseconds: number, value: number): number;
}
