/**
 * JSON-RPC to a chain behind several endpoints, with a bound on everything: how often it tries to connect, how long each
 * request may take, how long the whole command may. It never retries for ever, and it says which endpoint failed and how.
 *
 * A read goes to the next endpoint when one is lost, silent, limits its callers, has discarded the state, or answers what
 * cannot be. A submission is never repeated, and never moved.
 */

import type { WebSocket } from 'ws';
import { BursarError, EXIT, interruptedError, unreachableError } from '../errors.js';
import { showUrl } from '../shown.js';
import { judged, NoSuchBlock, OddAnswer, OPTIONAL, oddness, type Version } from './answers.js';
import { Connection, ConnectionLost, NotJsonRpc, NotOpened, RpcError, timeoutError } from './connection.js';
import { Pace } from './pace.js';
import { sleep } from './sleep.js';
import { type Trouble, troubleOf } from './trouble.js';

export { ConnectionLost, RpcError } from './connection.js';
export { sleep } from './sleep.js';

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

export type Ask = (method: string, params: readonly unknown[]) => Promise<unknown>;
/** @param endpoint as it may be shown @param url as it is configured */
export type Verify = (request: Ask, endpoint: string, url: string) => Promise<void>;

/** An answer, and whose word it is. */
export interface Answer<T> {
  readonly value: T;
  /** The endpoint as it is configured; not to be printed. */
  readonly url: string;
}

/** A block, and what is known of it. */
export interface Anchor {
  readonly hash: string;
  readonly number?: number;
  readonly version?: Version;
}

/** What became of one request at one endpoint. */
interface Tried {
  readonly attempts: number;
  readonly trouble: Trouble;
  readonly error: unknown;
  /** On the clock of `performance.now()`; infinite when it need not be asked again. */
  readonly readyAt: number;
}

/**
 * Troubles that are the endpoint's and not the request's: what follows goes to the one that helped. For a request that
 * alone is refused or answered oddly another one is borrowed, so that the facts of a command come from one endpoint.
 */
const MOVES: ReadonlySet<Trouble['kind'] | undefined> = new Set([
  'lost',
  'silent',
  'limited',
  'pruned',
  'noBlock',
  'garbled',
] as const);

/** The longest that one endpoint is waited for while another could be asked. */
const PATIENCE_MS = 20_000;

export class RpcClient {
  /** Requests sent so far. */
  sent = 0;
  /** The block at which everything is read: whoever is asked next must have it, see `verifyEachConnection`. */
  anchor: Anchor | undefined;
  /** Clients of one endpoint each, by its address as configured, that end with this one (peers.ts). */
  readonly beside = new Map<string, RpcClient>();
  #deadline: number;
  #allowedMs: number;
  #closed = false;
  /** The endpoint that requests go to, as configured. */
  #current = '';
  /** Checks a freshly opened connection (genesis hash) before any request uses it. */
  #verify: Verify | undefined;
  readonly #connections = new Map<string, Connection>();
  readonly #opening = new Map<string, Promise<Connection>>();
  /** Sockets that are being opened. */
  readonly #knocking = new Set<WebSocket>();
  /** Endpoints that are another chain: what they are does not change. */
  readonly #wrong = new Map<string, BursarError>();
  readonly #pace = new Pace();
  readonly #options: RpcOptions;
  readonly #abort = () => this.#failAll(interrupted());

  constructor(options: RpcOptions) {
    this.#options = options;
    this.#allowedMs = options.timeoutMs;
    this.#deadline = performance.now() + options.timeoutMs;
    options.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** The endpoint in use, as it may be shown: without user, password and keys. */
  get endpoint(): string {
    return showUrl(this.#current);
  }

  /** The endpoint in use, as it is configured; not to be printed. */
  get url(): string {
    return this.#current;
  }

  /**
   * From now on this client gives up after so many milliseconds: following a transaction has its own time.
   * Default: the time that it had at first.
   */
  allow(ms: number = this.#options.timeoutMs): void {
    this.#allowedMs = ms;
    this.#deadline = performance.now() + ms;
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  get connected(): boolean {
    return this.#connections.get(this.#current)?.open === true;
  }

  /** Opens the first endpoint that accepts. @throws unreachable ENDPOINT_UNREACHABLE | RATE_LIMITED, naming every try */
  async open(): Promise<void> {
    await this.#opened(this.#order());
  }

  /** Every connection that is opened from now on must pass `check` before it is used. */
  verifyEachConnection(check: Verify): void {
    this.#verify = check;
  }

  /**
   * Sends a request that may be repeated, at this endpoint or another, until the deadline.
   * @throws RpcError what the node answered; unreachable ENDPOINT_TIMEOUT | ENDPOINT_UNREACHABLE | ENDPOINT_ANSWER | RATE_LIMITED
   */
  async request<T = unknown>(method: string, params: readonly unknown[] = []): Promise<T> {
    return (await this.answer<T>(method, params)).value;
  }

  /** The same, with the endpoint that answered: the one in use may be another by then. */
  async answer<T = unknown>(method: string, params: readonly unknown[] = []): Promise<Answer<T>> {
    const tried = new Map<string, Tried>();
    for (;;) {
      const connection = await this.#choose(method, tried);
      if (connection === null) return { value: null as T, url: this.#current };
      try {
        await this.#pace.turn(connection.url, this.#options.signal);
        this.sent++;
        const answer = await connection.send(method, params, this.#patience(method, tried, connection.url));
        return { value: judged(method, answer, params) as T, url: connection.url };
      } catch (error) {
        this.#note(tried, connection.url, error);
        if (OPTIONAL.has(method) && tried.get(connection.url)?.trouble.kind === 'refused') throw error;
      }
    }
  }

  /**
   * Sends a request exactly once.
   * @throws ConnectionLost when the answer can no longer come: the node may have acted on it
   */
  async requestOnce<T = unknown>(method: string, params: readonly unknown[] = []): Promise<T> {
    const connection = await this.#opened(this.#order());
    this.sent++;
    return (await connection.send(method, params, this.#remaining(method), true)) as T;
  }

  close(): void {
    this.#closed = true;
    this.#options.signal?.removeEventListener('abort', this.#abort);
    for (const socket of this.#knocking) socket.terminate();
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
    for (const client of this.beside.values()) client.close();
  }

  /** The endpoints in the order in which they are asked: the one in use first. */
  #order(): string[] {
    const { endpoints } = this.#options;
    return [...new Set(this.#current === '' ? endpoints : [this.#current, ...endpoints])];
  }

  /** Notes what an endpoint made of a request. @throws what no other endpoint would mend */
  #note(tried: Map<string, Tried>, url: string, error: unknown): void {
    const attempts = (tried.get(url)?.attempts ?? 0) + 1;
    const trouble = troubleOf(error, attempts);
    if (trouble === undefined) throw error;
    if (this.#closed) throw unreachable(messageOf(error), error);
    if (trouble.kind === 'limited') this.#pace.slow(url, trouble.again ?? 0);
    // Nothing that waits there will be answered.
    if (trouble.kind === 'silent' && this.#options.endpoints.length > 1) this.#drop(url);
    const readyAt = trouble.again === null ? Number.POSITIVE_INFINITY : performance.now() + trouble.again;
    tried.set(url, { attempts, trouble, error, readyAt });
    this.#options.onProgress?.(`${said(url, trouble)}; asking again`);
  }

  /**
   * Whom to ask next. A connection that broke for the first time is opened again at the same endpoint; otherwise those that
   * have not been asked yet come first, then those that may have changed their mind.
   * @returns null when every endpoint says that there is no such block
   * @throws the failure, when nobody is left
   */
  async #choose(method: string, tried: Map<string, Tried>): Promise<Connection | null> {
    if (tried.size === 0) {
      this.#remaining(method);
      return this.#opened(this.#order());
    }
    for (;;) {
      const left = this.#remaining(method, tried);
      const order = this.#order();
      const isReady = (url: string) => (tried.get(url)?.readyAt ?? 0) <= performance.now();
      const next =
        order.find((url) => tried.get(url)?.trouble.again === 0) ??
        order.find((url) => !tried.has(url)) ??
        order.find(isReady);
      if (next !== undefined) {
        try {
          const connection = await this.#connect(next, Math.min(this.#perTry, left));
          if (MOVES.has(tried.get(this.#current)?.trouble.kind)) this.#current = next;
          return connection;
        } catch (error) {
          this.#note(tried, next, error);
          continue;
        }
      }
      const readyAt = Math.min(...[...tried.values()].map((one) => one.readyAt));
      if (readyAt - performance.now() >= left) return this.#giveUp(method, tried);
      await sleep(Math.max(1, readyAt - performance.now()), this.#options.signal);
    }
  }

  /** Everybody was asked. @returns null for a block that nobody has @throws the failure */
  #giveUp(method: string, tried: ReadonlyMap<string, Tried>): null {
    const all = [...tried.entries()].map(([url, one]) => ({ url, ...one }));
    // What an endpoint said tells more than that another one is away.
    const telling = all.find(({ trouble }) => trouble.kind !== 'lost') ?? all[0]!;
    if (telling.error instanceof NoSuchBlock) return null;
    const elsewhere = all.filter((one) => one !== telling).map(({ url, trouble }) => said(url, trouble));
    if (telling.error instanceof RpcError && telling.trouble.kind !== 'limited') {
      telling.error.elsewhere = elsewhere;
      throw telling.error;
    }
    throw failureOf(method, telling, elsewhere);
  }

  #remaining(method: string, tried?: ReadonlyMap<string, Tried>): number {
    if (this.#options.signal?.aborted) throw interrupted();
    const left = this.#deadline - performance.now();
    if (left > 0) return left;
    if (tried !== undefined && tried.size > 0 && this.#giveUp(method, tried) === null)
      throw timeoutError(this.endpoint, method, this.#allowedMs);
    throw timeoutError(this.endpoint, method, this.#allowedMs);
  }

  /** How long to wait for an endpoint: as long as there is, unless others could still be asked in that time. */
  #patience(method: string, tried: ReadonlyMap<string, Tried>, url: string): number {
    const left = this.#remaining(method, tried);
    const others = this.#order().filter((other) => other !== url && !tried.has(other)).length;
    return others === 0 ? left : Math.min(PATIENCE_MS, left / (others + 1));
  }

  /** A connection to one of the endpoints, the first that accepts; it is the one in use from then on, if none was. */
  async #opened(urls: readonly string[], rounds = this.#options.rounds ?? 2): Promise<Connection> {
    if (this.#closed) throw unreachable('The connection was closed.');
    const ready = this.#connections.get(urls[0] ?? '');
    if (ready?.open) return ready;
    const failures: string[] = [];
    let limited = false;
    for (let round = 0; ; round++) {
      let waitMs = Math.min(500 * 2 ** round, 4_000);
      limited = urls.length > 0;
      for (const url of urls) {
        const left = this.#deadline - performance.now();
        if (left <= 0) break;
        if (this.#options.signal?.aborted) throw interrupted();
        if (this.#closed) throw unreachable('The connection was closed.');
        try {
          const connection = await this.#connect(url, Math.min(this.#perTry, left));
          // Another request may have moved on in the meantime.
          if (!this.connected) this.#current = url;
          return connection;
        } catch (error) {
          // A wrong chain or an interruption is not a reason to look further; a dead endpoint is.
          if (error instanceof BursarError && error.exit !== EXIT.unreachable) throw error;
          const [endpoint, why] = [showUrl(url), messageOf(error)];
          failures.push(why.includes(endpoint) ? why.replace(/\.$/, '') : `${endpoint}: ${why}`);
          const isLimited = error instanceof NotOpened && error.limited;
          if (isLimited) waitMs = Math.max(waitMs, error.retryMs ?? 0);
          limited &&= isLimited;
        }
      }
      const left = this.#deadline - performance.now();
      // Who limits its callers says that it will serve them: that is waited for as long as there is time.
      if ((round + 1 >= rounds && !limited) || this.#closed || waitMs >= left) break;
      if (limited) this.#options.onProgress?.(`${showUrl(urls[0]!)} takes no more requests now: waiting`);
      await sleep(waitMs, this.#options.signal);
    }
    if (failures.length === 0 && urls.length > 0)
      throw timeoutError(showUrl(urls[0]!), 'the opening of a connection', this.#allowedMs);
    throw noneAnswered(failures, limited);
  }

  get #perTry(): number {
    const { connectMs, timeoutMs } = this.#options;
    return Math.min(connectMs ?? Math.max(1_000, Math.min(10_000, timeoutMs / 3)), timeoutMs);
  }

  /** An open and verified connection to an endpoint; those who want it at the same time share it. */
  #connect(url: string, ms: number): Promise<Connection> {
    const known = this.#connections.get(url);
    if (known?.open) return Promise.resolve(known);
    const wrong = this.#wrong.get(url);
    if (wrong) return Promise.reject(wrong);
    const under = this.#opening.get(url);
    if (under) return under;
    const opening = this.#connectNow(url, ms).finally(() => this.#opening.delete(url));
    this.#opening.set(url, opening);
    return opening;
  }

  async #connectNow(url: string, ms: number): Promise<Connection> {
    this.#options.onProgress?.(`connecting to ${showUrl(url)}`);
    let knocking: WebSocket | undefined;
    const connection = await Connection.open(url, ms, this.#options.signal, (socket) => {
      knocking = socket;
      this.#knocking.add(socket);
    }).finally(() => {
      if (knocking) this.#knocking.delete(knocking);
    });
    this.#connections.set(url, connection);
    if (this.#closed) {
      connection.terminate();
      throw new ConnectionLost(connection.endpoint, 'closed');
    }
    try {
      await this.#verify?.(
        async (method, params) => {
          this.sent++;
          const answer = await connection.send(method, params, Math.min(ms, this.#remaining(method)));
          return readable(connection.endpoint, () => judged(method, answer, params));
        },
        connection.endpoint,
        url,
      );
    } catch (error) {
      this.#drop(url);
      if (error instanceof BursarError && error.code === 'WRONG_CHAIN') this.#wrong.set(url, error);
      throw error;
    }
    return connection;
  }

  #drop(url: string): void {
    this.#connections.get(url)?.terminate();
    this.#connections.delete(url);
  }

  #failAll(error: Error): void {
    for (const connection of this.#connections.values()) connection.fail(error);
  }
}

/** @throws unreachable ENDPOINT_ANSWER instead of what the judgement throws */
function readable<T>(endpoint: string, judgement: () => T): T {
  try {
    return judgement();
  } catch (error) {
    if (error instanceof OddAnswer) throw oddness(endpoint, error);
    if (error instanceof NoSuchBlock) return null as T;
    throw error;
  }
}

const interrupted = (): BursarError => interruptedError('INTERRUPTED', 'Interrupted.');
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** An endpoint and its trouble, as a part of a sentence. */
function said(url: string, { words }: Trouble): string {
  const endpoint = showUrl(url);
  return words.includes(endpoint) ? words : `${endpoint} ${words}`;
}

/** Why a request failed, in the terms of the endpoint that was asked first. */
function failureOf(
  method: string,
  { url, trouble, error }: Tried & { readonly url: string },
  elsewhere: readonly string[],
): BursarError {
  const endpoint = showUrl(url);
  const more = elsewhere.length === 0 ? '' : ` Others were asked too: ${elsewhere.join('; ')}.`;
  if (trouble.kind === 'limited')
    return unreachableError(
      'RATE_LIMITED',
      `${endpoint} takes no more requests now (${method}): ${messageOf(error)}.${more}`,
      { hint: LIMITED_HINT, cause: error },
    );
  if (error instanceof OddAnswer || error instanceof NotJsonRpc) {
    const { message, hint } =
      error instanceof OddAnswer
        ? oddness(endpoint, error)
        : oddness(endpoint, new OddAnswer('', 'answered with something that is not JSON-RPC'));
    return unreachableError('ENDPOINT_ANSWER', `${message}${more}`, { hint: hint!, cause: error });
  }
  if (error instanceof BursarError)
    return more === ''
      ? error
      : unreachableError(error.code, `${error.message}${more}`, {
          ...(error.hint ? { hint: error.hint } : {}),
          cause: error,
        });
  return unreachable(`${said(url, trouble)}.${more}`, error);
}

const LIMITED_HINT =
  'Nothing was sent. Try again later, allow more time with --timeout, or name another endpoint with --rpc.';

function noneAnswered(failures: readonly string[], limited: boolean): BursarError {
  if (failures.length === 0) return unreachable('No endpoint is configured.');
  const message = `No endpoint answered. ${[...new Set(failures)].join('; ')}`;
  return limited ? unreachableError('RATE_LIMITED', message, { hint: LIMITED_HINT }) : unreachable(message);
}

function unreachable(message: string, cause?: unknown): BursarError {
  return unreachableError('ENDPOINT_UNREACHABLE', message, {
    hint: 'Nothing was sent. Check the address and the network, name another endpoint with --rpc, or run `bursar doctor`.',
    cause,
  });
}
