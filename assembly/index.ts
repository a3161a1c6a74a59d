// The door: every export of the module, one line each. No logic here.

export { LABELS_BYTES_MAX, LAYOUT_VERSION } from "./layout";
export { bytesFree, bytesReserved } from "./memory/arena";

export { memoryBytes, memoryCheck, memoryFormat, memoryIdentity, memoryKey } from "./store/registry";

export { clockSet, inputAddress, owned as writerOwned, slotCount as writerCount, writerRest } from "./store/writer";
export { identityNext, writerClaim, writerLeave, writerRenew, writerRetire, writerRevoke, writersSweep } from "./store/adopt";
export { writerFold } from "./store/fold";
export {
  scrapeWantedAddress,
  snapshotsRepaired,
  snapshotsUnexplained,
  writerCollected,
  writerIdentity,
  writerIndex,
  writerParent,
  writersAwaited,
  writersCollecting,
  writersMissed,
  writerState,
  writerThread,
} from "./store/report";

export { registryCreate, registryFirst, registryInstance, registryNames, registryRemove, registryRename } from "./store/registry";
export { registryClear } from "./store/clear";
export { registriesEnd, registryOwn } from "./store/owner";
export {
  conflictAddress,
  familyCreate,
  familyDefinition,
  familyEmpty,
  familyFind,
  familyPosition,
  familyRemove,
  familyState,
  registryEmpty,
  registryLabels,
  registryRelabel,
} from "./store/family";
export {
  familyAt,
  familyAtState,
  familyCells,
  familyImported,
  familySeries,
  recordState,
  seriesAt,
  seriesBuckets,
  seriesQuantiles,
  seriesRead,
  seriesSchema,
  seriesSparseBucket,
  seriesSparseCount,
  seriesSparseIndex,
  seriesValue,
  seriesZeroCount,
} from "./store/report";
export { seriesToken } from "./store/attach";
export { seriesBind, seriesRemove, seriesRemoveMatching } from "./store/series";
export { constantRemove, constantSet, constantSweep } from "./store/constant";
export { exemplarSet } from "./store/exemplar";

export { carryBuckets, carryKey, carryKeyLength, carryLabels, carryMerge, carryRead, carryValue } from "./image/carry";

export { imageApply, imageCheck } from "./image/apply";
export { processLabels, sourceBlurred } from "./image/aside";
export { sourceFamily, sourceKept, sourceWanted } from "./image/known";
export { sourceRenew } from "./image/renew";
export {
  processCreate,
  processDrop,
  processFold,
  processInstance,
  processLive,
  processName,
  processRetire,
  processSequence,
  processSeries,
} from "./image/processes";
export { processBaseline, processSeconds } from "./image/sequence";
export { givenFamily, givenGone, givenSet } from "./image/given";
export { sourcePublish } from "./image/publish";
export { refusalDefinition, refusalReason, refusalValue } from "./image/refusal";
export { sourceRelabel } from "./image/relabel";
export { retiredBegin, retiredDone, retiredText, retiredWrite } from "./image/retired";
export { sourceCreate, sourceEnd, sourceRoom, sourceShared, sourceSweep } from "./image/sources";
export { exporterBegin, exporterCreate, exporterDone, exporterEnd, exporterSequence, exporterText, exporterWrite } from "./image/exporter";
export {
  pythonBegin,
  pythonCreate,
  pythonEnd,
  pythonFile,
  pythonInput,
  pythonKey,
  pythonKeyCount,
  pythonKeyKind,
  pythonKeyLength,
  pythonKeyProcess,
  pythonKeySeen,
  pythonRead,
  pythonRefused,
  pythonSamples,
  pythonStamps,
  pythonValues,
} from "./image/python";

export { counterAdd, counterValueOffset } from "./metric/counter";
export { gaugeAdd, gaugeSet, gaugeSetLatest, sharedAdd, sharedSet } from "./metric/gauge";
export { histogramObserve } from "./metric/histogram";
export { nativeObserve } from "./metric/native";
export { summaryObserve } from "./metric/summary";

export { walkBegin } from "./store/registry";
export {
  expositionDone,
  expositionFamily,
  expositionPart,
  expositionSeries,
  expositionState,
  expositionText,
  expositionWrite,
} from "./text/exposition";
export { boundPut, valuePut } from "./text/number";

export {
  drainAbandon,
  drainBegin,
  drainCommit,
  drainDone,
  drainLimit,
  drainNumber,
  drainReached,
  drainRest,
  drainResting,
  drainResume,
  drainTake,
} from "./record/drain";
export { labelAdmit, labelIntern } from "./record/label";
export {
  recorderCapacity,
  recorderCreate,
  recorderDrained,
  recorderDropped,
  recorderFind,
  recorderHead,
  recorderOnAddress,
  recorderRecorded,
  recorderRefused,
  recorderRows,
  recorderSwitch,
  recorderWaiting,
  recorderWantedAddress,
} from "./record/recorder";
export { ringBind, sampleLost } from "./record/ring";
export { drainText, drainWrite } from "./record/rows";
export { durationRecord, sampleRecord } from "./record/sample";
