// A connection of the exporter: one scrape at a time, and an end where its client takes nothing of what it asked for.
//
// Requests that come behind a scrape which is not over wait for it, so many at the most: else one client that sends requests and reads
// nothing has all scrapes that there may be. What moves a connection is that bytes of an answer were taken, which is seen by its writes being done and
// by its room for more; while the answer is still being made, as by a collector that takes its time, nobody waits for the client.

import type { IncomingMessage, ServerResponse } from "node:http";
import { clearTimeout, setImmediate, setTimeout } from "node:timers";

/** Scrapers send one request and wait for its answer: who sends more than these before that reads nothing. */
const BEHIND_MOST = 16;

type Socket = IncomingMessage["socket"];

/** A request, and what answers it. */
export interface Turn {
  readonly isScrape: boolean;
  readonly response: ServerResponse;
  readonly answer: () => void;
}

export class Connection {
  readonly #socket: Socket;
  readonly #stillMs: number;
  /** Answers that were begun and are not over. */
  #open = 0;
  #isScraped = false;
  /** What waits for its turn. */
  #behind: Turn[] = [];
  /** Answers that wait for the client. */
  #waiting = 0;
  #moved = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosing = false;

  constructor(socket: Socket, stillMs: number) {
    this.#socket = socket;
    this.#stillMs = stillMs;
    socket.once("close", () => {
      this.#behind = [];
      clearTimeout(this.#timer);
    });
  }

  /** Whether something is answered here, or waits for it. */
  get isBusy(): boolean {
    return this.#open > 0 || this.#behind.length > 0;
  }

  /** Ends with the last answer that is under way: the client would keep it, and the server waits for it. */
  close(): void {
    this.#isClosing = true;
  }

  /** Answers, now or when what was asked for before lets it. */
  next(turn: Turn): void {
    if (this.#behind.length === 0 && this.#isFree(turn)) this.#begin(turn);
    else if (this.#behind.length < BEHIND_MOST) this.#behind.push(turn);
    else this.#socket.destroy();
  }

  /** A scrape is begun on a connection that is its own, whose end it hears: runtimes tell an answer that waits behind others of none. */
  #isFree({ isScrape }: Turn): boolean {
    return isScrape ? this.#open === 0 : !this.#isScraped;
  }

  #begin({ isScrape, response, answer }: Turn): void {
    if (this.#socket.destroyed) return;
    this.#open++;
    this.#isScraped = isScrape;
    if (this.#isClosing) response.setHeader("connection", "close");
    answer();
    // A scrape that is under way says itself when it waits for the client.
    const isThere = !isScrape || response.writableEnded;
    if (isThere) this.waits();
    response.once("close", () => {
      if (isThere) this.taken();
      this.#open--;
      if (isScrape) this.#isScraped = false;
      while (this.#behind.length > 0 && this.#isFree(this.#behind[0]!)) this.#begin(this.#behind.shift()!);
      if (this.#isClosing && !this.isBusy) this.#socket.end();
    });
  }

  /** One more answer waits for the client. */
  waits(): void {
    if (this.#waiting++ > 0) return;
    this.moved();
    this.#look(this.#stillMs);
  }

  /** One fewer. */
  taken(): void {
    this.moved();
    if (--this.#waiting === 0) clearTimeout(this.#timer);
  }

  moved(): void {
    this.#moved = performance.now();
  }

  #look(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const moved = this.#moved;
      const left = moved + this.#stillMs - performance.now();
      if (left > 0) this.#look(left);
      else setImmediate(() => this.#end(moved));
    }, ms);
    this.#timer.unref?.();
  }

  /** Where this thread was busy for as long, what was taken meanwhile is heard behind the timer. */
  #end(moved: number): void {
    if (this.#waiting === 0) return;
    if (this.#moved === moved) this.#socket.destroy();
    else this.#look(this.#stillMs);
  }
}

/** Where a client is: of a connection by TLS there are two sockets, and both say it. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** The connections that live. */
export class Connections {
  /** Those that have asked for something. */
  readonly #all = new Map<Socket, Connection>();
  readonly #sockets = new Set<Socket>();
  readonly #stillMs: number;

  constructor(stillMs: number) {
    this.#stillMs = stillMs;
  }

  /** One more, which has asked for nothing. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  of({ socket }: IncomingMessage): Connection {
    let there = this.#all.get(socket);
    if (there === undefined) {
      this.#all.set(socket, (there = new Connection(socket, this.#stillMs)));
      socket.once("close", () => this.#all.delete(socket));
    }
    return there;
  }

  /** Ends those that wait for no answer, and the others behind it. Runtimes know of some alone which these are, and of none over TLS that says nothing. */
  close(): void {
    const busy = [...this.#all].filter(([, connection]) => connection.isBusy);
    for (const [, connection] of busy) connection.close();
    const peers = new Set(busy.map(([socket]) => peerOf(socket)));
    for (const socket of this.#sockets) if (!peers.has(peerOf(socket))) socket.destroy();
  }

  /** Ends all. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A response as a handler writes it; its connection hears when it is the client's turn, and what the client took. */
export class Outgoing {
  readonly #response: ServerResponse;
  readonly #connection: Connection;
  /** Writes that are not done. */
  #writes = 0;
  #isFull = false;
  #isEnded = false;
  #isWaiting = false;

  constructor(response: ServerResponse, connection: Connection) {
    this.#response = response;
    this.#connection = connection;
    response.on("drain", () => {
      this.#isFull = false;
      this.#changed();
    });
    response.once("close", () => {
      this.#writes = 0;
      this.#isFull = false;
      this.#isEnded = false;
      this.#changed();
    });
  }

  get headersSent(): boolean {
    return this.#response.headersSent;
  }

  get destroyed(): boolean {
    return this.#response.destroyed;
  }

  writeHead(status: number, headers: Record<string, string>): void {
    this.#response.writeHead(status, headers);
  }

  write(bytes: Uint8Array, written: () => void): boolean {
    this.#writes++;
    const hasRoom = this.#response.write(bytes, () => {
      if (this.#writes > 0) this.#writes--;
      this.#changed();
      written();
    });
    this.#isFull = !hasRoom;
    this.#changed();
    return hasRoom;
  }

  end(text?: string): void {
    this.#response.end(text);
    this.#isEnded = !this.#response.destroyed;
    this.#changed();
  }

  destroy(): void {
    this.#response.destroy();
  }

  on(event: string, listener: () => void): void {
    this.#response.on(event, listener);
  }

  once(event: string, listener: () => void): void {
    this.#response.once(event, listener);
  }

  #changed(): void {
    const isWaiting = this.#writes > 0 || this.#isFull || this.#isEnded;
    this.#connection.moved();
    if (isWaiting === this.#isWaiting) return;
    this.#isWaiting = isWaiting;
    if (isWaiting) this.#connection.waits();
    else this.#connection.taken();
  }
}
