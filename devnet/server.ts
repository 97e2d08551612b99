/**
 * JSON-RPC 2.0 over WebSocket, and over HTTP POST on the same port, on the loopback interface only, and for this
 * machine's own programs and pages only (access.ts).
 */

import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { unreachableError, usageError } from '../src/lib/errors.js';
import { refusalOf } from './access.js';
import type { DevChain } from './chain.js';
import { Jobs, LIMITS, type Limits, Outlet, Subscriptions } from './connection.js';
import { call } from './rpc.js';
import type { Context, Subscriber } from './rpc-kit.js';
import { RpcFault } from './validity.js';

const HOST = '127.0.0.1';
export const DEFAULT_PORT = 9944;
/** Ports tried after a taken one before any free port is taken. */
const NEIGHBOURS = 10;
/** Its answers are one message, which is made in memory. */
const MAX_BATCH = 1_000;
/** For a request to arrive: its headers, and all of it. A client that sends a byte a minute holds nothing. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;

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
export async function serve(
  chain: DevChain,
  port?: number,
  limits: Partial<Limits> = {},
): Promise<RpcServer> {
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535))
    throw usageError('PORT', `${port} is not a port: a whole number from 0 to 65535 is`);
  const shared: Shared = { chain, limits: { ...LIMITS, ...limits } };
  const http = createServer(
    { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS },
    (request, response) => void onPost(shared, request, response),
  );
  http.maxConnections = shared.limits.connections;
  await listen(http, port);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: shared.limits.messageBytes });
  http.on('upgrade', (request, socket, rest) => {
    const refusal = refusalOf(request);
    if (refusal !== undefined) return refuseUpgrade(socket, refusal);
    sockets.handleUpgrade(request, socket, rest, (accepted) => onSocket(shared, accepted));
  });
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

function refuseUpgrade(socket: Duplex, why: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 403 ${STATUS_CODES[403]}\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${why.length}\r\n\r\n${why}`,
  );
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

interface Shared extends Pick<Context, 'chain'> {
  readonly limits: Limits;
}

function onSocket({ limits, ...shared }: Shared, socket: WebSocket): void {
  const left = new AbortController();
  const outlet = new Outlet(socket, limits, (): void => jobs.next());
  const subscriptions = new Subscriptions((text) => outlet.notify(text), limits.subscriptions);
  const context: Context = { ...shared, subscriber: subscriptions, signal: left.signal };
  const jobs = new Jobs(limits, () => !outlet.isFull);
  const answer = async (text: string): Promise<void> => {
    const given = await answerText(context, text, limits);
    if (left.signal.aborted) return;
    if (given !== undefined) outlet.write(JSON.stringify(given));
    for (const one of Array.isArray(given) ? given : [given])
      if (one !== undefined && 'result' in one) subscriptions.answered(one.result);
  };
  socket.on('message', (data: RawData) => {
    const text = data.toString();
    // A client that asks faster than it is answered, or does not read its answers, has a limit.
    if (!jobs.add({ run: () => answer(text).catch(() => socket.terminate()), bytes: text.length }))
      socket.terminate();
  });
  socket.on('close', () => {
    left.abort();
    jobs.forget();
    outlet.close();
    subscriptions.endAll();
  });
  socket.on('error', () => socket.terminate());
}

async function onPost(
  { limits, ...shared }: Shared,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reply = (status: number, body: string, type = 'application/json'): void => {
    // From here on the client has to read; while it was being answered there was nothing to.
    response.setTimeout(limits.stallMs, () => response.destroy());
    // Bytes of a request that was not read to its end cannot be told from the next one.
    const headers = status === 200 ? {} : { connection: 'close' };
    response.writeHead(status, { 'content-type': type, ...headers }).end(body);
  };
  const left = new AbortController();
  response.on('close', () => left.abort());
  try {
    const refusal = refusalOf(request);
    if (refusal !== undefined) return reply(403, refusal, 'text/plain');
    if (request.method !== 'POST') return reply(405, '');
    const body = await bodyOf(request, limits.messageBytes);
    if (body === undefined) return reply(413, '');
    const subscriber: Subscriber = {
      open: () => {
        throw new RpcFault(-32601, 'Method not found', 'subscriptions need a WebSocket');
      },
      end: () => false,
    };
    const answer = await answerText({ ...shared, subscriber, signal: left.signal }, body, limits);
    reply(200, answer === undefined ? '' : JSON.stringify(answer));
  } catch {
    response.destroy();
  }
}

/** The text of a request; undefined when it is too long, which is found out before all of it was read. */
async function bodyOf(request: IncomingMessage, most: number): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > most) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
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
async function answerText(
  context: Context,
  text: string,
  { inFlight }: Limits,
): Promise<Answer | Answer[] | undefined> {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return fault(null, -32700, 'Parse error');
  }
  if (!Array.isArray(message)) return answerOne(context, message);
  if (message.length === 0) return fault(null, -32600, 'Invalid request');
  if (message.length > MAX_BATCH)
    return fault(null, -32600, 'Invalid request', `a batch has at most ${MAX_BATCH} requests`);
  const given: Answer[] = [];
  // A batch is one message, and no way around the number of requests that are worked on at once.
  for (let at = 0; at < message.length && !context.signal.aborted; at += inFlight) {
    const answers = await Promise.all(message.slice(at, at + inFlight).map((one) => answerOne(context, one)));
    given.push(...answers.filter((answer): answer is Answer => answer !== undefined));
  }
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
