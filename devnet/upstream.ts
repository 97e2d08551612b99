/**
 * The connection to a live chain that is forked: every request has a time limit, a lost connection is opened again by the
 * next request, and nothing is retried for ever.
 */

import { WebSocket } from 'ws';
import { unreachableError, usageError } from '../src/lib/errors.js';
import { showUrl, showUrlsIn } from '../src/lib/shown.js';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The error that the endpoint itself answered. */
export class UpstreamFault extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = 'UpstreamFault';
  }
}

export class Upstream {
  readonly isReady = Promise.resolve();
  readonly hasSubscriptions = false;
  #socket: Promise<WebSocket> | undefined;
  #open: WebSocket | undefined;
  #nextId = 1;
  #closed = false;
  readonly #waiting = new Map<number, Waiting>();

  /** @throws usage FORK_URL */
  constructor(
    readonly url: string,
    readonly timeoutMs: number,
  ) {
    if (!/^(wss?|https?):\/\/[^\s/]/.test(url))
      throw usageError('FORK_URL', `"${showUrl(url)}" is not the address of a JSON-RPC endpoint`, {
        hint: 'Give one such as wss://polkadot-asset-hub-rpc.polkadot.io or http://127.0.0.1:9944.',
      });
  }

  /** @throws unreachable FORK_UNREACHABLE; UpstreamFault */
  async send(method: string, params: readonly unknown[] = []): Promise<unknown> {
    if (this.#closed) throw new Error('the fork is closed');
    return this.url.startsWith('http') ? this.#post(method, params) : this.#request(method, params);
  }

  async #post(method: string, params: readonly unknown[]): Promise<unknown> {
    let answer: Answer;
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        signal: AbortSignal.timeout(this.timeoutMs),
      });
      answer = (await response.json()) as Answer;
    } catch (error) {
      const { message, cause } = error as Error & { cause?: { message?: string } };
      throw this.#unreachable(cause?.message ?? message);
    }
    return resultOf(answer);
  }

  async #request(method: string, params: readonly unknown[]): Promise<unknown> {
    this.#socket ??= this.#connect();
    const socket = await this.#socket;
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(this.#unreachable(`no answer to ${method} within ${this.timeoutMs / 1_000} s`));
      }, this.timeoutMs);
      this.#waiting.set(id, {
        resolve: (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  #connect(): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.url, { handshakeTimeout: this.timeoutMs, maxPayload: 1 << 28 });
      let why = 'the connection was closed';
      socket.on('open', () => {
        this.#open = socket;
        resolve(socket);
      });
      socket.on('message', (data) => this.#onMessage(data.toString()));
      socket.on('error', (error) => {
        why = error.message || (error as NodeJS.ErrnoException).code || why;
      });
      socket.on('close', () => {
        this.#socket = undefined;
        this.#open = undefined;
        const error = this.#unreachable(why);
        reject(error);
        for (const { reject: fail } of this.#waiting.values()) fail(error);
        this.#waiting.clear();
      });
    });
  }

  #onMessage(text: string): void {
    let answer: Answer;
    try {
      answer = JSON.parse(text) as Answer;
    } catch {
      return;
    }
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    try {
      waiting.resolve(resultOf(answer));
    } catch (error) {
      waiting.reject(error as Error);
    }
  }

  #unreachable(why: string) {
    return unreachableError(
      'FORK_UNREACHABLE',
      `${showUrl(this.url)} cannot be reached: ${showUrlsIn(why)}`,
      {
        hint: 'Check the address and the network, try again, or fork another endpoint of the same chain.',
      },
    );
  }

  async disconnect(): Promise<void> {
    this.#closed = true;
    this.#open?.terminate();
  }
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code?: number; readonly message?: string };
}

function resultOf({ result, error }: Answer): unknown {
  if (error !== undefined)
    throw new UpstreamFault(error.code ?? -32_603, error.message ?? 'error without a message');
  return result ?? null;
}
