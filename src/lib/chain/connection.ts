/** JSON-RPC over one WebSocket: requests and their answers, until it is closed or lost. */

import { type RawData, WebSocket } from 'ws';
import { interruptedError, unreachableError } from '../errors.js';
import { showUrl, showUrlsIn } from '../shown.js';
import { delayIn } from './delays.js';

/** A JSON-RPC error object that the node answered. */
export class RpcError extends Error {
  /** What other endpoints said to the same request, for people. */
  elsewhere: readonly string[] = [];

  constructor(
    readonly code: number,
    message: string,
    readonly data: unknown,
    readonly method: string,
    /** Who answered, as it may be shown. */
    readonly endpoint = '',
  ) {
    super(message);
    this.name = 'RpcError';
  }
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

/** What came is no JSON-RPC: a gateway's page, a proxy's own message. Whether a request arrived is not known. */
export class NotJsonRpc extends Error {
  constructor(readonly endpoint: string) {
    super(`${endpoint} answered with something that is not JSON-RPC`);
    this.name = 'NotJsonRpc';
  }
}

/** No connection could be opened. */
export class NotOpened extends Error {
  constructor(
    message: string,
    /** The endpoint limits its callers: it may be tried again. */
    readonly limited = false,
    /** Milliseconds until then, if it said so. */
    readonly retryMs?: number,
  ) {
    super(message);
    this.name = 'NotOpened';
  }
}

interface Waiting {
  readonly method: string;
  readonly once: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** The longest that a timer can wait: a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const MOST_BYTES = 256 * 1024 * 1024;

export class Connection {
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  private constructor(
    /** The endpoint as it is configured. */
    readonly url: string,
    /** The endpoint as it may be shown. */
    readonly endpoint: string,
    readonly socket: WebSocket,
  ) {}

  /**
   * @param onSocket gets the socket while it is being opened, so that it can be given up
   * @throws NotOpened, ConnectionLost; interrupted
   */
  static open(
    url: string,
    ms: number,
    signal: AbortSignal | undefined,
    onSocket: (socket: WebSocket) => void,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      let socket: WebSocket;
      try {
        socket = new WebSocket(url, {
          handshakeTimeout: ms,
          maxPayload: MOST_BYTES,
          perMessageDeflate: false,
        });
      } catch (error) {
        reject(new NotOpened(describe(error as Error)));
        return;
      }
      onSocket(socket);
      const connection = new Connection(url, showUrl(url), socket);
      const abort = () => {
        socket.terminate();
        reject(interruptedError('INTERRUPTED', 'Interrupted.'));
      };
      const done = () => signal?.removeEventListener('abort', abort);
      signal?.addEventListener('abort', abort, { once: true });
      socket.once('open', () => {
        done();
        resolve(connection);
      });
      socket.once('unexpected-response', (request, response) => {
        done();
        reject(refused(response.statusCode ?? 0, response.statusMessage ?? '', response.headers));
        response.destroy();
        request.destroy();
      });
      socket.on('error', (error) => {
        done();
        reject(new NotOpened(describe(error)));
        connection.#lost(new ConnectionLost(connection.endpoint, describe(error)));
      });
      socket.on('close', (code) => {
        done();
        reject(new ConnectionLost(connection.endpoint, 'closed'));
        connection.#lost(new ConnectionLost(connection.endpoint, `closed with code ${code}`));
      });
      socket.on('message', (data) => connection.#receive(data));
    });
  }

  get open(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /**
   * One request. @param once it must not be repeated: then no answer that could belong to another request is taken for its own
   * @throws RpcError; ConnectionLost, NotJsonRpc; unreachable ENDPOINT_TIMEOUT
   */
  send(method: string, params: readonly unknown[], ms: number, once = false): Promise<unknown> {
    if (!this.open) return Promise.reject(new ConnectionLost(this.endpoint, 'not open'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const late = () => {
        this.#waiting.delete(id);
        reject(timeoutError(this.endpoint, method, ms));
      };
      const timer = setTimeout(late, Math.min(ms, LONGEST_TIMER_MS));
      const settle = () => {
        clearTimeout(timer);
        this.#waiting.delete(id);
      };
      this.#waiting.set(id, {
        method,
        once,
        resolve: (value) => {
          settle();
          resolve(value);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** Ends all that wait for an answer. */
  fail(error: Error): void {
    for (const waiting of [...this.#waiting.values()]) waiting.reject(error);
  }

  /** Says goodbye; a peer that does not answer that must not keep the process alive. */
  close(): void {
    this.fail(new ConnectionLost(this.endpoint, 'closed'));
    this.socket.removeAllListeners();
    this.socket.on('error', () => {});
    this.socket.close();
    setTimeout(() => this.socket.terminate(), 250).unref();
  }

  /** Cuts it. */
  terminate(): void {
    this.socket.terminate();
    this.#lost(new ConnectionLost(this.endpoint, 'given up'));
  }

  #lost(error: Error): void {
    this.fail(error);
  }

  #receive(data: RawData): void {
    const text = String(data).replace(/^\ufeff/, '');
    if (text.trim() === '') return;
    const message = parsed(text);
    if (message === undefined) {
      this.fail(new NotJsonRpc(this.endpoint));
      this.socket.terminate();
      return;
    }
    // Some gateways write the number as text.
    const id =
      typeof message.id === 'string' && /^\d{1,15}$/.test(message.id) ? Number(message.id) : message.id;
    if (typeof id === 'number') {
      const waiting = this.#waiting.get(id);
      if (waiting) this.#settle(waiting, message);
    } else if (message.error !== undefined && message.error !== null) {
      // An error about nothing in particular (a request that was not read, too many of them) is about all that is
      // open; what must not be repeated waits on, because nobody said that it was refused.
      for (const waiting of [...this.#waiting.values()])
        if (!waiting.once) waiting.reject(this.#error(message.error, waiting.method));
    }
  }

  #settle(waiting: Waiting, message: Message): void {
    if (message.error !== undefined && message.error !== null && message.error !== false)
      waiting.reject(this.#error(message.error, waiting.method));
    else if (message.result === undefined)
      waiting.reject(
        new RpcError(0, 'neither a result nor an error', undefined, waiting.method, this.endpoint),
      );
    else waiting.resolve(message.result);
  }

  #error(error: unknown, method: string): RpcError {
    const { code, message, data } = (typeof error === 'object' ? error : { message: error }) as {
      code?: unknown;
      message?: unknown;
      data?: unknown;
    };
    const number = typeof code === 'number' && Number.isSafeInteger(code) ? code : 0;
    const reason = typeof message === 'string' && message !== '' ? message : 'unknown error';
    return new RpcError(number, shortened(reason), data, method, this.endpoint);
  }
}

/** A node's sentence is a line, not a page. */
const shortened = (text: string): string => {
  const line = text.slice(0, 501).replace(/\s*[\r\n]+\s*/g, ' ');
  return line.length > 500 ? `${line.slice(0, 500)}…` : line;
};

/** A message that can be JSON-RPC: an answer, an error or a notification. */
function parsed(text: string): Message | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const message = value as Message;
  return ['id', 'method', 'error'].some((key) => Object.hasOwn(message, key)) ? message : undefined;
}

function refused(
  status: number,
  reason: string,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): NotOpened {
  const limited = status === 429 || (status === 503 && headers['retry-after'] !== undefined);
  const location = typeof headers.location === 'string' ? ` to ${showUrl(headers.location)}` : '';
  const why =
    status >= 300 && status < 400
      ? `it sends its callers elsewhere${location}: name that address`
      : status === 401 || status === 403
        ? 'it wants a key, or does not serve this machine'
        : status === 429
          ? 'too many requests from this machine'
          : '';
  const shown = `HTTP ${status} ${reason.slice(0, 60)}`.trim();
  return new NotOpened(
    why === '' ? shown : `${shown}: ${why}`,
    limited,
    limited ? delayIn(`retry-after: ${String(headers['retry-after'] ?? '')}`) : undefined,
  );
}

function describe(error: Error & { code?: string }): string {
  return showUrlsIn(error.message || error.code || 'connection failed');
}

export function timeoutError(endpoint: string, method: string, ms: number) {
  return unreachableError(
    'ENDPOINT_TIMEOUT',
    `${endpoint || 'The endpoint'} did not answer ${method} within ${Math.round(ms)} ms.`,
    {
      hint: 'Nothing was sent. Try again, allow more time with --timeout, or name another endpoint with --rpc.',
    },
  );
}
