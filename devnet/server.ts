/** JSON-RPC 2.0 over WebSocket, and over HTTP POST on the same port, on the loopback interface only. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { unreachableError, usageError } from '../src/lib/errors.js';
import type { DevChain } from './chain.js';
import { call } from './rpc.js';
import type { Context, Subscriber } from './rpc-kit.js';
import { RpcFault } from './validity.js';

const HOST = '127.0.0.1';
export const DEFAULT_PORT = 9944;
/** Ports tried after a taken one before any free port is taken. */
const NEIGHBOURS = 10;
const MAX_BODY = 50 * 1024 * 1024;

export interface RpcServer {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serve a chain.
 * @param port undefined: 9944, or the next free one; 0: any free one; otherwise exactly this one
 * @throws unreachable PORT_TAKEN if an exact port is not free
 */
export async function serve(chain: DevChain, port?: number): Promise<RpcServer> {
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535))
    throw usageError('PORT', `${port} is not a port: a whole number from 0 to 65535 is`);
  const context = { chain };
  const http = createServer((request, response) => void onPost(context, request, response));
  await listen(http, port);
  const sockets = new WebSocketServer({ server: http, maxPayload: MAX_BODY });
  sockets.on('connection', (socket) => onSocket(context, socket));
  const bound = (http.address() as AddressInfo).port;
  return {
    port: bound,
    url: `ws://${HOST}:${bound}`,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

async function listen(http: ReturnType<typeof createServer>, port: number | undefined): Promise<void> {
  const attempt = (candidate: number): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException): void => {
        http.off('listening', onListening);
        if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
        else reject(error);
      };
      const onListening = (): void => {
        http.off('error', onError);
        resolve(true);
      };
      http.once('error', onError);
      http.once('listening', onListening);
      http.listen(candidate, HOST);
    });
  if (port !== undefined) {
    if (await attempt(port)) return;
    throw unreachableError('PORT_TAKEN', `port ${port} cannot be used: something else listens there`, {
      hint: 'Leave the port out to take the next free one, or name another.',
    });
  }
  for (let candidate = DEFAULT_PORT; candidate <= DEFAULT_PORT + NEIGHBOURS; candidate += 1)
    if (await attempt(candidate)) return;
  await attempt(0);
}

// -----------------------------------------------------------------------------------------------

type Shared = Pick<Context, 'chain'>;

/** A connection's subscriptions. What a subscription sends waits until its id was answered. */
class Subscriptions implements Subscriber {
  readonly #open = new Map<string, { cancel: () => void; early: string[] | undefined }>();

  constructor(private readonly write: (text: string) => void) {}

  open(method: string, cancel: () => void, wanted?: string): { id: string; send(result: unknown): void } {
    const id = wanted ?? Math.random().toString(36).slice(2, 18);
    const subscription: { cancel: () => void; early: string[] | undefined } = { cancel, early: [] };
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

  /** Subscriptions that ended before their id was answered: what they sent is still owed. */
  readonly #ended = new Map<string, { cancel: () => void; early: string[] | undefined }>();

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

function onSocket(shared: Shared, socket: WebSocket): void {
  const write = (text: string): void => {
    if (socket.readyState === socket.OPEN) socket.send(text);
  };
  const subscriptions = new Subscriptions(write);
  const context: Context = { ...shared, subscriber: subscriptions };
  socket.on('message', async (data: RawData) => {
    const answer = await answerText(context, data.toString());
    if (answer !== undefined) write(JSON.stringify(answer));
    for (const one of Array.isArray(answer) ? answer : [answer])
      if (one !== undefined && 'result' in one) subscriptions.answered(one.result);
  });
  socket.on('close', () => subscriptions.endAll());
  socket.on('error', () => socket.terminate());
}

async function onPost(shared: Shared, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = (status: number, body: string): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };
  try {
    if (request.method !== 'POST') return reply(405, '');
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY) return reply(413, '');
      chunks.push(chunk);
    }
    const subscriber: Subscriber = {
      open: () => {
        throw new RpcFault(-32601, 'Method not found', 'subscriptions need a WebSocket');
      },
      end: () => false,
    };
    const answer = await answerText({ ...shared, subscriber }, Buffer.concat(chunks).toString());
    reply(200, answer === undefined ? '' : JSON.stringify(answer));
  } catch {
    response.destroy();
  }
}

// -----------------------------------------------------------------------------------------------

interface Answer {
  readonly jsonrpc: '2.0';
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

const fault = (id: unknown, code: number, message: string, data?: unknown): Answer => ({
  jsonrpc: '2.0',
  id,
  error: { code, message, ...(data === undefined ? {} : { data }) },
});

/** The answer to a message: nothing if it held notifications only. */
async function answerText(context: Context, text: string): Promise<Answer | Answer[] | undefined> {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return fault(null, -32700, 'Parse error');
  }
  if (!Array.isArray(message)) return answerOne(context, message);
  if (message.length === 0) return fault(null, -32600, 'Invalid request');
  const answers = await Promise.all(message.map((one) => answerOne(context, one)));
  const given = answers.filter((answer): answer is Answer => answer !== undefined);
  return given.length === 0 ? undefined : given;
}

async function answerOne(context: Context, request: unknown): Promise<Answer | undefined> {
  if (request === null || typeof request !== 'object' || Array.isArray(request))
    return fault(null, -32600, 'Invalid request');
  const { jsonrpc, id, method, params } = request as Record<string, unknown>;
  const isNotification = !Object.hasOwn(request, 'id');
  const validId = id === null || typeof id === 'string' || typeof id === 'number';
  if (jsonrpc !== '2.0' || typeof method !== 'string' || !(isNotification || validId))
    return fault(validId ? id : null, -32600, 'Invalid request');
  try {
    const result = (await call(context, method, params)) ?? null;
    return isNotification ? undefined : { jsonrpc: '2.0', id, result };
  } catch (error) {
    return isNotification ? undefined : errorAnswer(id, error);
  }
}

function errorAnswer(id: unknown, error: unknown): Answer {
  if (error instanceof RpcFault) return fault(id, error.code, error.message, error.data);
  return fault(id, -32603, 'Internal error', (error as Error).message);
}
