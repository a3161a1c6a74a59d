// What a push looks like on the wire: both ends say it by these names. A body is whole frames of one image. The headers
// tell what a receiver must know before it reads one; what the frames say themselves is the core's matter.

/** Frames of an image, one behind the other. */
export const IMAGE_TYPE = "application/x-tallystick-image";
/** Rows of images of several processes, with what stands in headers here: forward-wire.ts. */
export const IMAGES_TYPE = "application/x-tallystick-images";
/** Whose image it is: 16 hexadecimal digits, as its frames have them. */
export const INSTANCE_HEADER = "tallystick-instance";
/** What of the image it is: see Share. */
export const SHARE_HEADER = "tallystick-share";
/**
 * Seconds since a push of this instance was last answered with success, or since the first one was tried where none was, by the pusher's
 * clock; absent with the first one.
 */
export const SILENT_HEADER = "tallystick-silent";

/**
 * With nothing: up to where the pusher takes its image for received, as 16 hexadecimal digits and a number, "…-7". With a last word: up to
 * where one before it went that may have arrived, and said the same.
 */
export const STATE_HEADER = "tallystick-state";

/** Up to where an image goes: who told it, and the last sequence of its process that had begun by then. */
export interface State {
  readonly generation: bigint;
  readonly until: number;
}

export function stateText({ generation, until }: State): string {
  return `${generation.toString(16).padStart(16, "0")}-${until}`;
}

/** Undefined where it is none. Of no more digits than a sequence has: with what no row takes all that is handed on with it is refused. */
export function stateIn(text: string): State | undefined {
  const [, generation, until] = /^([0-9a-f]{16})-(\d{1,15})$/.exec(text) ?? [];
  return generation === undefined ? undefined : { generation: BigInt(`0x${generation}`), until: Number(until) };
}

/** The whole image or a part of it; what changed since the last one; nothing, for nothing did, but the process lives. */
export type Share = "full" | "changes" | "nothing";

/** What a receiver answers with 200. */
export interface Receipt {
  /** The last sequence that it has to its end. */
  readonly sequence: number;
  /** It would rather have the whole image next, for what it keeps to be short. */
  readonly full?: boolean | undefined;
  /** What STATUS_FOLDED says, to who asked for receipts. */
  readonly folded?: boolean | undefined;
}

/** The receiver does not have what the body builds upon: it needs the whole image. */
export const STATUS_BEHIND = 409;
/** What the instance counted was folded into the retired: it begins anew, with another name and from nothing. */
export const STATUS_FOLDED = 410;
/** And why: pushers know by it that a receiver says so. Whoever else answers 410, as a page in front of a network, knows of no instance. */
export const FOLDED = "This instance was folded into the retired, for it was silent for long or had said its last: begin anew";
/**
 * Asks to be told so by a receipt, with 200: a proxy may have a page of its own for all that is 410, behind which nobody knows whose it is.
 */
export const RECEIPTS_HEADER = "tallystick-receipts";
