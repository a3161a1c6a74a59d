// What a transport of images needs of the core's two ends. It knows frames as bytes that are whole or are not, and
// nothing of what they hold.

export interface FramesOptions {
  /** All of it, for whoever has seen nothing yet. */
  readonly full: boolean;
  /** The last sequence: its process writes no more. */
  readonly ended: boolean;
  /** The sequence that whoever gets this one has applied to its end; the last one written where nothing is said. */
  readonly since?: number;
  /**
   * With `full`: what was counted so far is in other hands. The writer takes a new instance, before the first step
   * returns, and from then on its sequences hold what is counted from now on: cumulative values less what they stand
   * at now, gauges as they are.
   */
  readonly baseline?: boolean;
}

/** Writes what this process has counted in one registry, for a transport in which nothing is lost. */
export interface FrameWriter {
  /** 16 hexadecimal digits, one for each memory; another one after `baseline`, or where another writer of the same took one. */
  readonly instance: string;
  /**
   * The next sequence. Nothing where nothing changed, but never nothing with `full` or `ended`. Each step gives a whole
   * frame, valid until the next step, or no bytes, so that others get their turn. One that is given up in the middle is
   * followed by one with `full`.
   */
  frames(options: FramesOptions): Generator<Uint8Array, void>;
}

/** The same for one in which the other end says what has arrived. */
export interface ImageWriter extends FrameWriter {
  /** The last sequence of which something was written; 0 none. Of all that writers of a process tell later ones are greater. */
  readonly sequence: number;
}

/** How far the bytes were taken in. Frames behind are not whole yet, or refused. */
export interface ApplyResult {
  readonly consumed: number;
  /** Why the frame at `consumed` is refused, if it is. */
  readonly refused: string | undefined;
  /** Its process wrote its last. */
  readonly ended: boolean;
  /** It builds upon what was not received: only the whole image helps. */
  readonly behind: boolean;
}

/** What a collector has of one process. */
export interface ImageProcess {
  readonly instance: string | undefined;
  /** The last sequence that was applied to its end; 0 none. */
  readonly sequence: number;
  /** That of the baseline that is subtracted from it; 0 where none is. */
  readonly baseline: number;
  /** When that began, in seconds since the epoch by the process' own clock; 0 before the first. */
  readonly seconds: number;
  /** Takes in the whole frames at the front of `bytes`. */
  apply(bytes: Uint8Array): ApplyResult;
}

/**
 * What a collector has of other processes. A spool keeps a full sequence in front of each file and nowhere else, so one that is
 * read anew comes as another process of the same instance, and the one before is dropped once that has something to
 * say: until then, and never across a `publish`, there are two of one instance.
 */
export interface ImageReader {
  /**
   * Another process, of which nothing is known yet: the one that has an instance, or without it the one that its first frame
   * says. What another reader's `retired` made is taken by the one alone that has the instance of the retired. `whose`: what it
   * is called in words.
   */
  process(instance?: string, whose?: string): ImageProcess;
  /** Moves what a dead process counted to the retired; live gauges are forgotten. All or nothing: where it throws nothing has happened. */
  fold(process: ImageProcess): void;
  /** Forgets a process with all it counted. */
  drop(process: ImageProcess): void;
  /** Whether a process is believed to live: live gauges leave out those that are not. */
  live(process: ImageProcess, live: boolean): void;
  /** Makes all that was done since visible, at once. */
  publish(): void;
  /** The same in slices, where it can: what shows between is of before and after. Nothing else is done to it meanwhile, but `close`. */
  published?(pause: () => Promise<void>): Promise<void>;
  /** The retired as an image, frame by frame as a writer's. */
  retired(): Generator<Uint8Array, void>;
  /** Replaces the retired by an image; by none where there are no bytes. */
  retire(bytes: Uint8Array): ApplyResult;
  /** Takes all of it from the page. */
  close(): void;
}
