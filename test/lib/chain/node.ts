/** A scripted node: answers JSON-RPC over WebSocket as a test wants it to. */

import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface Ask {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
  readonly socket: WebSocket;
  /** How many requests this node has had before. */
  readonly earlier: number;
  readonly answer: (result: unknown) => void;
  readonly fail: (error: unknown) => void;
}

export interface ScriptedNode {
  readonly url: string;
  /** Methods asked for, in order. */
  readonly asked: readonly string[];
  /** Connections so far. */
  readonly connections: () => number;
  /** Connections that are open now. */
  readonly open: () => number;
  close(): Promise<void>;
}

export async function scriptedNode(script: (ask: Ask) => void): Promise<ScriptedNode> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const asked: string[] = [];
  let connections = 0;
  server.on('connection', (socket) => {
    connections++;
    socket.on('error', () => {});
    socket.on('message', (data) => {
      const { id, method, params } = JSON.parse(String(data));
      const say = (more: object) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, ...more }));
      const earlier = asked.length;
      asked.push(method);
      script({
        id,
        method,
        params,
        socket,
        earlier,
        answer: (result) => say({ result }),
        fail: (error) => say({ error }),
      });
    });
  });
  await new Promise<void>((resolve) => server.once('listening', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    connections: () => connections,
    open: () => server.clients.size,
    close: async () => {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
