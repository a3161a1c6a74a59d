// Exemplars of an image: the newest wins, whoever told of it, so they go straight to the series.

import { exemplarGiven } from "../store/exemplar";
import { isBlock } from "./block";
import { isSeconds } from "./created";
import { takenEnd, varint32Taken, wideTaken } from "./varint";

/** Takes the exemplars of a series of a family; where they end, 0 for nonsense. Without one they are passed over. */
export function exemplarsTaken(family: usize, series: usize, at: usize, end: usize): usize {
  let left = varint32Taken(at, end);
  at = takenEnd();
  for (; at != 0 && left != 0; left--) {
    const slot = varint32Taken(at, end);
    const value = reinterpret<f64>(wideTaken(takenEnd(), end));
    const seconds = reinterpret<f64>(wideTaken(takenEnd(), end));
    const length = varint32Taken(takenEnd(), end);
    const labels = takenEnd();
    if (labels == 0 || <u64>length > <u64>(end - labels)) return 0;
    if (series != 0 && isSeconds(seconds) && isBlock(labels, length)) exemplarGiven(family, series, slot, value, seconds, labels, length);
    at = labels + length;
  }
  return at;
}
