/**
 * A WebSocket proxy between a client and a chain that fails on purpose, by JSON-RPC method. What happens to a request
 * that no fault is set for: it passes, and so does its answer.
 */

import { createServer, type Socket } from 'node:net';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

export type Fault =
  /** The request reaches the chain after so many milliseconds. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The request reaches the chain once this has happened. */
  | { readonly kind: 'hold'; readonly until: () => Promise<unknown> }
  /** The request never reaches the chain and is never answered. */
  | { readonly kind: 'swallow' }
  /** The request reaches the chain, its answer never comes. */
  | { readonly kind: 'mute' }
  /** The connection is cut instead of forwarding the request. */
  | { readonly kind: 'dropBefore'; readonly dies?: boolean }
  /** The chain has answered the request; the connection is cut instead of forwarding the answer. */
  | { readonly kind: 'dropAfter'; readonly dies?: boolean }
  /** The proxy answers with this error (after so many milliseconds), the chain hears nothing. */
  | {
      readonly kind: 'error';
      readonly code: number;
      readonly message: string;
      readonly data?: unknown;
      readonly ms?: number;
    }
  /** The request reaches the chain, once or twice, and whatever that answers, this error is. */
  | {
      readonly kind: 'errorAfter';
      readonly code: number;
      readonly message: string;
      readonly data?: unknown;
      readonly twice?: boolean;
    }
  /** The chain's result goes through a function. */
  | { readonly kind: 'alter'; readonly with: (result: unknown, params: readonly unknown[]) => unknown };

interface Rule {
  readonly fault: Fault;
  readonly when: (params: readonly unknown[]) => boolean;
  left: number;
}

interface Request {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: readonly unknown[];
}

export interface RuleOptions {
  /** How many requests it hits; default all. */
  readonly times?: number;
  /** Which of the method's requests it hits; default all. */
  readonly when?: (params: readonly unknown[]) => boolean;
}

export class FaultyProxy {
  /** Methods of all requests in their order. */
  readonly seen: string[] = [];
  /** Bytes of requests and of answers. */
  readonly bytes = { requests: 0, answers: 0 };
  /** Connections that were accepted. */
  connections = 0;
  readonly #rules = new Map<string, Rule[]>();
  readonly #sockets = new Set<WebSocket>();
  readonly #watchers = new Set<() => void>();
  #server: WebSocketServer | undefined;
  #port = 0;

  private constructor(readonly upstream: string) {}

  static async start(upstream: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(upstream);
    await proxy.revive();
    return proxy;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** Sets a fault for a method; the rules of one method are tried in the order in which they were set. */
  on(
    method: string,
    fault: Fault,
    { times = Number.POSITIVE_INFINITY, when = () => true }: RuleOptions = {},
  ): this {
    const rules = this.#rules.get(method) ?? [];
    rules.push({ fault, when, left: times });
    this.#rules.set(method, rules);
    return this;
  }

  /** Forgets all faults and counts. */
  reset(): this {
    this.#rules.clear();
    this.seen.length = 0;
    this.bytes.requests = 0;
    this.bytes.answers = 0;
    this.connections = 0;
    return this;
  }

  /** How many requests came, of one method or of all. */
  count(method?: string): number {
    return method === undefined ? this.seen.length : this.seen.filter((name) => name === method).length;
  }

  /** Resolves once `count` requests of a method have come (and were forwarded, if nothing hinders it). */
  async until(method: string, count = 1, ms = 30_000): Promise<void> {
    const end = Date.now() + ms;
    while (this.count(method) < count) {
      if (Date.now() > end) throw new Error(`${method} was not asked; seen: ${this.seen.join(' ')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(wake, 100);
        const watchers = this.#watchers;
        function wake() {
          clearTimeout(timer);
          watchers.delete(wake);
          resolve();
        }
        watchers.add(wake);
      });
    }
  }

  /** Cuts every connection and accepts none any more. */
  die(): void {
    for (const socket of this.#sockets) socket.terminate();
    this.#server?.close();
    this.#server = undefined;
  }

  /** Listens again, on the same port. */
  async revive(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = new WebSocketServer({ host: '127.0.0.1', port: this.#port });
    server.on('connection', (client) => this.#accept(client));
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve);
      server.once('error', reject);
    });
    this.#port = (server.address() as { port: number }).port;
    this.#server = server;
  }

  async close(): Promise<void> {
    this.die();
  }

  #accept(client: WebSocket): void {
    this.connections += 1;
    const chain = new WebSocket(this.upstream, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 });
    const opened = new Promise<void>((resolve) => {
      chain.once('open', () => resolve());
    });
    const asked = new Map<
      unknown,
      { readonly fault: Fault | undefined; readonly params: readonly unknown[] }
    >();
    this.#sockets.add(client);
    const end = () => {
      this.#sockets.delete(client);
      client.terminate();
      chain.terminate();
    };
    client.on('close', end);
    client.on('error', end);
    chain.on('close', end);
    chain.on('error', end);
    client.on('message', async (data: RawData) => {
      const text = data.toString();
      this.bytes.requests += text.length;
      const request = JSON.parse(text) as Request;
      const { method = '', params = [], id } = request;
      const fault = this.#faultFor(method, params);
      const forward = async () => {
        await opened;
        asked.set(id, { fault, params });
        if (chain.readyState === WebSocket.OPEN) chain.send(text);
        if (fault?.kind === 'errorAfter' && fault.twice)
          chain.send(JSON.stringify({ ...request, id: `again ${String(id)}` }));
        this.#count(method);
      };
      switch (fault?.kind) {
        case 'swallow':
          return this.#count(method);
        case 'dropBefore':
          this.#count(method);
          return fault.dies ? this.die() : client.terminate();
        case 'error': {
          this.#count(method);
          const { code, message, data: more, ms = 0 } = fault;
          if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
          const error = { code, message, ...(more === undefined ? {} : { data: more }) };
          return client.send(JSON.stringify({ jsonrpc: '2.0', id, error }));
        }
        case 'delay':
          await new Promise((resolve) => setTimeout(resolve, fault.ms));
          return forward();
        case 'hold':
          await fault.until();
          return forward();
        default:
          return forward();
      }
    });
    chain.on('message', (data: RawData) => {
      const text = data.toString();
      const answer = JSON.parse(text) as { id?: unknown; result?: unknown };
      const about = answer.id === undefined ? undefined : asked.get(answer.id);
      if (answer.id !== undefined) asked.delete(answer.id);
      const deliver = (out: string) => {
        this.bytes.answers += out.length;
        if (client.readyState === WebSocket.OPEN) client.send(out);
      };
      // The answer to what was delivered twice is nobody's.
      if (typeof answer.id === 'string' && answer.id.startsWith('again ')) return;
      switch (about?.fault?.kind) {
        case 'mute':
          return;
        case 'errorAfter': {
          const { code, message, data } = about.fault;
          const error = { code, message, ...(data === undefined ? {} : { data }) };
          return deliver(JSON.stringify({ jsonrpc: '2.0', id: answer.id, error }));
        }
        case 'dropAfter':
          return about.fault.dies ? this.die() : client.terminate();
        case 'alter':
          if (!('result' in answer)) return deliver(text);
          return deliver(
            JSON.stringify({ ...answer, result: about.fault.with(answer.result, about.params) }),
          );
        default:
          return deliver(text);
      }
    });
  }

  #faultFor(method: string, params: readonly unknown[]): Fault | undefined {
    const rule = this.#rules.get(method)?.find((one) => one.left > 0 && one.when(params));
    if (rule !== undefined) rule.left -= 1;
    return rule?.fault;
  }

  #count(method: string): void {
    this.seen.push(method);
    for (const wake of [...this.#watchers]) wake();
  }
}

/** Renames a pallet in the metadata that passes: the names must have the same length, so that nothing else moves. */
export function renamePallet(proxy: FaultyProxy, name: string, other: string): FaultyProxy {
  if (name.length !== other.length || name.length > 63) throw new Error('names of the same length, below 64');
  const hex = (text: string) => Buffer.from([text.length << 2, ...Buffer.from(text)]).toString('hex');
  const alter: Fault = { kind: 'alter', with: (result) => String(result).replaceAll(hex(name), hex(other)) };
  return proxy
    .on('state_call', alter, { when: ([api]) => String(api).startsWith('Metadata_') })
    .on('state_getMetadata', alter);
}

export interface DeadEnd {
  readonly url: string;
  /** Resolves when a client has connected. */
  readonly reached: Promise<void>;
  close(): Promise<void>;
}

/** An endpoint that accepts TCP connections and never says a word. */
export async function silentTcp(): Promise<DeadEnd> {
  const sockets = new Set<Socket>();
  let reach: () => void = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    reach();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as { port: number }).port}`,
    reached,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An endpoint that accepts WebSocket connections and never answers a request. */
export async function silentWebSocket(): Promise<DeadEnd> {
  let reach: () => void = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => socket.on('message', () => reach()));
  await new Promise<void>((resolve) => {
    server.once('listening', resolve);
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as { port: number }).port}`,
    reached,
    close: async () => {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port on which nobody listens. */
export async function deadUrl(): Promise<string> {
  const { url, close } = await silentTcp();
  await close();
  return url;
}
