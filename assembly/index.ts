// The door: every export of the module, one line each. No logic here.

export { LABELS_BYTES_MAX, LAYOUT_VERSION } from "./layout";
export { bytesFree, bytesReserved } from "./memory/arena";

export { memoryBytes, memoryCheck, memoryFormat, memoryKey } from "./store/registry";

export { clockSet, inputAddress, owned as writerOwned, slotCount as writerCount, writerRest } from "./store/writer";
export { identityNext, writerClaim, writerLeave, writerRetire, writerRevoke, writersSweep } from "./store/adopt";
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
  writerState,
  writerThread,
} from "./store/report";

export { registryCreate, registryFirst, registryRemove } from "./store/registry";
export {
  conflictAddress,
  familyCreate,
  familyDefinition,
  familyEmpty,
  familyFind,
  familyRemove,
  familyState,
  registryEmpty,
  registryLabels,
} from "./store/family";
export { recordState, seriesBuckets, seriesRead, seriesValue } from "./store/report";
export { seriesBind, seriesRemove, seriesToken } from "./store/series";

export { carryBuckets, carryKey, carryKeyLength, carryLabels, carryMerge, carryRead, carryValue } from "./image/carry";

export { counterAdd, counterValueOffset } from "./metric/counter";
export { gaugeAdd, gaugeSet, gaugeSetLatest, sharedAdd, sharedSet } from "./metric/gauge";
export { histogramObserve } from "./metric/histogram";

export { walkBegin } from "./store/registry";
export { expositionDone, expositionFamily, expositionSeries, expositionState, expositionText, expositionWrite } from "./text/exposition";
export { boundPut, valuePut } from "./text/number";
