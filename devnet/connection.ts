/**
 * One WebSocket client: what it asked for and waits to be done, its subscriptions, and what it has not read yet. All of
 * it is bounded, and all of it ends when the client leaves.
 */

import type { WebSocket } from 'ws';
import type { Subscriber } from './rpc-kit.js';
import { RpcFault } from './validity.js';

/** What a client, and all of them together, can take of this process. */
export interface Limits {
  /** Open at once, WebSocket and HTTP. */
  readonly connections: number;
  /** Of one message to the server; a runtime upgrade in hex has some two million. */
  readonly messageBytes: number;
  /** Requests of one client that are worked on at once. */
  readonly inFlight: number;
  /** Requests of one client that wait; one that asks for more is dropped. */
  readonly waiting: number;
  /** Bytes of those. */
  readonly waitingBytes: number;
  /** Of one client. */
  readonly subscriptions: number;
  /** Unread answers above which no further request of the client is worked on. */
  readonly pauseBytes: number;
  /** What a client may leave unread when its subscriptions have news; more, and it is dropped. */
  readonly unreadBytes: number;
  /** Time in which a client has to read something of what waits for it. */
  readonly stallMs: number;
}

export const LIMITS: Limits = {
  connections: 256,
  messageBytes: 16 * 1024 * 1024,
  inFlight: 64,
  waiting: 10_000,
  waitingBytes: 32 * 1024 * 1024,
  subscriptions: 1_024,
  pauseBytes: 1024 * 1024,
  unreadBytes: 64 * 1024 * 1024,
  stallMs: 30_000,
};

/** What a client is sent. For one that does not read nothing more is done, and it is dropped when that lasts too long. */
export class Outlet {
  /** What the socket was not given yet: it takes little at a time, so that it can be seen whether the client reads. */
  readonly #queue: string[] = [];
  #queued = 0;
  #sent = 0;
  #watch: NodeJS.Timeout | undefined;

  /** @param onDrained called when the client has read so much that its next request can be taken */
  constructor(
    private readonly socket: WebSocket,
    private readonly limits: Limits,
    private readonly onDrained: () => void,
  ) {}

  /** Whether so much waits for the client that no further request of it should be taken. */
  get isFull(): boolean {
    return this.#queue.length > 0 || this.socket.bufferedAmount > this.limits.pauseBytes;
  }

  /** News of a subscription: nothing else limits how many there are. */
  notify(text: string): void {
    if (this.#queued + this.socket.bufferedAmount > this.limits.unreadBytes) this.socket.terminate();
    else this.write(text);
  }

  /** An answer: there are no more of them than requests are worked on at once. */
  write(text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    this.#queue.push(text);
    this.#queued += Buffer.byteLength(text);
    this.#flush();
    if (this.socket.bufferedAmount > 0) this.#begin();
  }

  close(): void {
    this.#queue.length = 0;
    this.#queued = 0;
    this.#endWatch();
  }

  #flush(): void {
    const { socket, limits } = this;
    while (this.#queue.length > 0 && socket.bufferedAmount <= limits.pauseBytes) {
      const text = this.#queue.shift()!;
      const bytes = Buffer.byteLength(text);
      this.#queued -= bytes;
      this.#sent += bytes;
      socket.send(text, (error) => {
        if (error !== undefined && error !== null) return;
        this.#flush();
        if (!this.isFull) this.onDrained();
      });
    }
  }

  /** Looks whether the client reads, until nothing waits for it. */
  #begin(): void {
    if (this.#watch !== undefined) return;
    let read = 0;
    let since = performance.now();
    this.#watch = setInterval(() => {
      const unread = this.socket.bufferedAmount;
      const now = this.#sent - unread;
      if (unread === 0) this.#endWatch();
      else if (now > read) [read, since] = [now, performance.now()];
      else if (performance.now() - since >= this.limits.stallMs) this.socket.terminate();
    }, this.limits.stallMs / 8);
  }

  #endWatch(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }
}

interface Job {
  readonly run: () => Promise<void>;
  readonly bytes: number;
}

/**
 * Does a few jobs at once, in their order; the rest waits, and is forgotten when the client leaves. The socket is read
 * all the while: one that is not read does not tell that the client has left.
 */
export class Jobs {
  #running = 0;
  #bytes = 0;
  #waiting: Job[] = [];

  /** @param mayBegin asked before each job */
  constructor(
    private readonly limits: Limits,
    private readonly mayBegin: () => boolean,
  ) {}

  /** @returns false when too much waits: the client should be dropped */
  add(job: Job): boolean {
    this.#waiting.push(job);
    this.#bytes += job.bytes;
    this.next();
    return this.#waiting.length <= this.limits.waiting && this.#bytes <= this.limits.waitingBytes;
  }

  /** Begins what may begin. */
  next(): void {
    while (this.#running < this.limits.inFlight && this.#waiting.length > 0 && this.mayBegin()) {
      const job = this.#waiting.shift()!;
      this.#bytes -= job.bytes;
      this.#running += 1;
      void job.run().finally(() => {
        this.#running -= 1;
        this.next();
      });
    }
  }

  forget(): void {
    this.#waiting = [];
    this.#bytes = 0;
  }
}

interface Subscription {
  readonly cancel: () => void;
  early: string[] | undefined;
}

/** A connection's subscriptions. What a subscription sends waits until its id was answered. */
export class Subscriptions implements Subscriber {
  readonly #open = new Map<string, Subscription>();
  /** Subscriptions that ended before their id was answered: what they sent is still owed. */
  readonly #ended = new Map<string, Subscription>();

  constructor(
    private readonly write: (text: string) => void,
    private readonly most: number,
  ) {}

  /** @throws RpcFault -32006 as a node when the connection has too many */
  open(method: string, cancel: () => void, wanted?: string): { id: string; send(result: unknown): void } {
    if (this.#open.size >= this.most) {
      throw new RpcFault(-32006, 'Too many subscriptions on the connection', `the limit is ${this.most}`);
    }
    const id = wanted ?? Math.random().toString(36).slice(2, 18);
    const subscription: Subscription = { cancel, early: [] };
    this.#open.set(id, subscription);
    return {
      id,
      send: (result) => {
        const text = JSON.stringify({
          jsonrpc: '2.0',
          method,
          params: { subscription: id, result: result ?? null },
        });
        if (subscription.early !== undefined) subscription.early.push(text);
        else if (this.#open.has(id)) this.write(text);
      },
    };
  }

  /** The id was answered: send what waited, in its order. */
  answered(id: unknown): void {
    const subscription = this.#open.get(String(id)) ?? this.#ended.get(String(id));
    this.#ended.delete(String(id));
    if (subscription?.early === undefined) return;
    const { early } = subscription;
    subscription.early = undefined;
    for (const text of early) this.write(text);
  }

  end(id: string): boolean {
    const subscription = this.#open.get(id);
    if (subscription === undefined) return false;
    this.#open.delete(id);
    if (subscription.early !== undefined && subscription.early.length > 0) this.#ended.set(id, subscription);
    subscription.cancel();
    return true;
  }

  endAll(): void {
    for (const id of [...this.#open.keys()]) this.end(id);
    this.#ended.clear();
  }
}
