/**
 * JSON-RPC over one WebSocket, with a bound on everything: how often it tries to connect, how long each request may
 * take, how long the whole command may. It never retries for ever, and it says which endpoint failed and how.
 *
 * Reads may be repeated on another endpoint after a lost connection; a submission is never repeated.
 */

import { WebSocket } from 'ws';
import { BursarError, EXIT, interruptedError, unreachableError } from '../errors.js';

/** A JSON-RPC error object that the node answered. */
export class RpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data: unknown,
    readonly method: string,
  ) {
    super(message);
    this.name = 'RpcError';
  }
}

export interface RpcOptions {
  /** Tried in this order; the first that answers is used. */
  readonly endpoints: readonly string[];
  /** Milliseconds until the command's own end: no request outlives it. */
  readonly timeoutMs: number;
  /** Milliseconds for one attempt to open one endpoint. Default a third of the timeout, 10 s at most. */
  readonly connectMs?: number;
  /** Rounds through the endpoints before giving up. Default 2. */
  readonly rounds?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

interface Waiting {
  readonly method: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The connection was lost while a request waited for its answer: it may or may not have reached the node. */
export class ConnectionLost extends Error {
  constructor(
    readonly endpoint: string,
    reason: string,
  ) {
    super(`the connection to ${endpoint} was lost (${reason})`);
    this.name = 'ConnectionLost';
  }
}

/** How often a read is sent, over new connections, before its endpoint counts as unreachable. */
const ATTEMPTS = 3;
/** The longest that a timer can wait: a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class RpcClient {
  /** Requests sent so far. */
  sent = 0;
  #deadline: number;
  #allowedMs: number;

  #socket: WebSocket | undefined;
  /** The socket that is being opened. */
  #knocking: WebSocket | undefined;
  #endpoint = '';
  #nextId = 1;
  #closed = false;
  #opening: Promise<void> | undefined;
  /** Checks a freshly opened connection (genesis hash) before any request uses it. */
  #verify:
    | ((request: (method: string, params: readonly unknown[]) => Promise<unknown>) => Promise<void>)
    | undefined;
  readonly #waiting = new Map<number, Waiting>();
  readonly #options: RpcOptions;
  readonly #abort = () => this.#fail(interruptedError('INTERRUPTED', 'Interrupted.'));

  constructor(options: RpcOptions) {
    this.#options = options;
    this.#allowedMs = options.timeoutMs;
    this.#deadline = performance.now() + options.timeoutMs;
    options.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  get endpoint(): string {
    return this.#endpoint;
  }

  /**
   * From now on this client gives up after so many milliseconds: following a transaction has its own time.
   * Default: the time that it had at first.
   */
  allow(ms: number = this.#options.timeoutMs): void {
    this.#allowedMs = ms;
    this.#deadline = performance.now() + ms;
  }

  get connected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Opens the first endpoint that accepts. @throws unreachable ENDPOINT_UNREACHABLE, naming every try */
  async open(): Promise<void> {
    if (this.#closed) throw unreachable('The connection was closed.');
    if (this.connected) return;
    this.#opening ??= this.#openAny().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Every connection that is opened from now on must pass `check` before it is used. */
  verifyEachConnection(
    check: (request: (method: string, params: readonly unknown[]) => Promise<unknown>) => Promise<void>,
  ): void {
    this.#verify = check;
  }

  /**
   * Sends a request that may be repeated: after a lost connection it is sent again over a new one, until the deadline.
   * @throws RpcError what the node answered; unreachable ENDPOINT_TIMEOUT | ENDPOINT_UNREACHABLE
   */
  async request<T = unknown>(method: string, params: readonly unknown[] = []): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      await this.open();
      try {
        return (await this.#send(method, params, this.#remaining(method))) as T;
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        if (attempt >= ATTEMPTS || this.#closed) throw unreachable(error.message, error);
        this.#options.onProgress?.(`${error.message}; connecting again`);
      }
    }
  }

  /**
   * Sends a request exactly once.
   * @throws ConnectionLost when the answer can no longer come: the node may have acted on it
   */
  async requestOnce<T = unknown>(method: string, params: readonly unknown[] = []): Promise<T> {
    await this.open();
    return (await this.#send(method, params, this.#remaining(method))) as T;
  }

  close(): void {
    this.#closed = true;
    this.#options.signal?.removeEventListener('abort', this.#abort);
    this.#knocking?.terminate();
    const socket = this.#socket;
    this.#socket = undefined;
    // Nobody answers them any more, and their timers would keep the process alive.
    this.#fail(new ConnectionLost(this.#endpoint, 'closed'));
    if (!socket) return;
    socket.removeAllListeners();
    socket.on('error', () => {});
    socket.close();
    // A peer that does not answer the closing handshake must not keep the process alive.
    setTimeout(() => socket.terminate(), 250).unref();
  }

  #remaining(method: string): number {
    if (this.#options.signal?.aborted) throw interruptedError('INTERRUPTED', 'Interrupted.');
    const left = this.#deadline - performance.now();
    if (left <= 0) throw timeoutError(this.#endpoint, method, this.#allowedMs);
    return left;
  }

  async #openAny(): Promise<void> {
    const { endpoints, rounds = 2, timeoutMs } = this.#options;
    const perTry = Math.min(
      this.#options.connectMs ?? Math.max(1_000, Math.min(10_000, timeoutMs / 3)),
      timeoutMs,
    );
    const failures: string[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const endpoint of endpoints) {
        const left = this.#deadline - performance.now();
        if (left <= 0) break;
        if (this.#options.signal?.aborted) throw interruptedError('INTERRUPTED', 'Interrupted.');
        if (this.#closed) throw unreachable('The connection was closed.');
        try {
          this.#options.onProgress?.(`connecting to ${endpoint}`);
          await this.#openOne(endpoint, Math.min(perTry, left));
          if (this.#verify)
            await this.#verify((method, params) =>
              this.#send(method, params, Math.min(perTry, this.#remaining(method))),
            );
          return;
        } catch (error) {
          this.#socket?.terminate();
          this.#socket = undefined;
          // A wrong chain or an interruption is not a reason to look further; a dead endpoint is.
          if (error instanceof BursarError && error.exit !== EXIT.unreachable) throw error;
          failures.push(`${endpoint}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      if (round + 1 < rounds && !this.#closed)
        await sleep(
          Math.min(500 * 2 ** round, Math.max(0, this.#deadline - performance.now())),
          this.#options.signal,
        );
    }
    throw unreachable(
      endpoints.length === 0
        ? 'No endpoint is configured.'
        : `No endpoint answered. ${[...new Set(failures)].join('; ')}`,
    );
  }

  #openOne(endpoint: string, ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let socket: WebSocket;
      try {
        socket = new WebSocket(endpoint, {
          handshakeTimeout: ms,
          maxPayload: 256 * 1024 * 1024,
          perMessageDeflate: false,
        });
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      this.#knocking = socket;
      const abort = () => {
        socket.terminate();
        reject(interruptedError('INTERRUPTED', 'Interrupted.'));
      };
      this.#options.signal?.addEventListener('abort', abort, { once: true });
      const done = () => {
        this.#options.signal?.removeEventListener('abort', abort);
        if (this.#knocking === socket) this.#knocking = undefined;
      };
      socket.once('open', () => {
        done();
        if (this.#closed) {
          socket.terminate();
          reject(new ConnectionLost(endpoint, 'closed'));
          return;
        }
        this.#socket = socket;
        this.#endpoint = endpoint;
        resolve();
      });
      socket.on('error', (error) => {
        done();
        reject(new Error(describe(error)));
        this.#lost(socket, describe(error));
      });
      socket.on('close', (code) => this.#lost(socket, `closed with code ${code}`));
      socket.on('message', (data) => this.#receive(String(data)));
    });
  }

  #send(method: string, params: readonly unknown[], ms: number): Promise<unknown> {
    const socket = this.#socket;
    const endpoint = this.#endpoint;
    if (!socket || socket.readyState !== WebSocket.OPEN)
      return Promise.reject(new ConnectionLost(endpoint, 'not open'));
    const id = this.#nextId++;
    this.sent++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.#waiting.delete(id);
          reject(timeoutError(endpoint, method, ms));
        },
        Math.min(ms, LONGEST_TIMER_MS),
      );
      const settle = () => {
        clearTimeout(timer);
        this.#waiting.delete(id);
      };
      this.#waiting.set(id, {
        method,
        resolve: (value) => {
          settle();
          resolve(value);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  #receive(text: string): void {
    let message: {
      id?: number;
      result?: unknown;
      error?: { code?: number; message?: string; data?: unknown };
    };
    try {
      message = JSON.parse(text);
    } catch {
      return; // not JSON-RPC: the request that waits for an answer runs into its time limit
    }
    if (message === null || typeof message !== 'object') return;
    if (typeof message.id === 'number') {
      const waiting = this.#waiting.get(message.id);
      if (!waiting) return;
      if (message.error) {
        const { code = 0, message: reason = 'unknown error', data } = message.error;
        waiting.reject(new RpcError(code, String(reason), data, waiting.method));
      } else if (message.result === undefined) {
        waiting.reject(new RpcError(0, 'neither a result nor an error', undefined, waiting.method));
      } else {
        waiting.resolve(message.result);
      }
    }
  }

  #lost(socket: WebSocket, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    const error = new ConnectionLost(this.#endpoint, reason);
    for (const waiting of [...this.#waiting.values()]) waiting.reject(error);
  }

  #fail(error: Error): void {
    for (const waiting of [...this.#waiting.values()]) waiting.reject(error);
  }
}

/** Waits; an abort ends the wait with INTERRUPTED. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(interruptedError('INTERRUPTED', 'Interrupted.'));
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    const abort = () => {
      clearTimeout(timer);
      reject(interruptedError('INTERRUPTED', 'Interrupted.'));
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function describe(error: Error & { code?: string }): string {
  return error.message || error.code || 'connection failed';
}

function unreachable(message: string, cause?: unknown): BursarError {
  return unreachableError('ENDPOINT_UNREACHABLE', message, {
    hint: 'Nothing was sent. Check the address and the network, name another endpoint with --rpc, or run `bursar doctor`.',
    cause,
  });
}

function timeoutError(endpoint: string, method: string, ms: number): BursarError {
  return unreachableError(
    'ENDPOINT_TIMEOUT',
    `${endpoint || 'The endpoint'} did not answer ${method} within ${Math.round(ms)} ms.`,
    {
      hint: 'Nothing was sent. Try again, allow more time with --timeout, or name another endpoint with --rpc.',
    },
  );
}
