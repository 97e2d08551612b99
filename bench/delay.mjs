// A development chain at a distance: the chain, and in front of it a WebSocket proxy that lets every message wait half
// of the latency on its way there and half on its way back, and counts. Its own process, so that what is measured does
// not share a thread with the chain: `const far = await distantChain('mainnet-like')`.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WebSocket, WebSocketServer } from 'ws';

const MAX_MESSAGE = 256 * 1024 * 1024;

class DelayProxy {
  latencyMs = 0;
  /** Messages and their bytes without the WebSocket's own framing: nothing is compressed. */
  counts = { requests: 0, sent: 0, received: 0, methods: {} };
  #server;

  constructor(upstream) {
    this.upstream = upstream;
  }

  listen() {
    this.#server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      perMessageDeflate: false,
      // The handshake is a round trip too; that of TCP is not delayed.
      verifyClient: (_, accept) => setTimeout(() => accept(true), this.latencyMs),
    });
    this.#server.on('connection', (client) => this.#accept(client));
    return new Promise((resolve) =>
      this.#server.once('listening', () => resolve(`ws://127.0.0.1:${this.#server.address().port}`)),
    );
  }

  reset(latencyMs) {
    this.latencyMs = latencyMs;
    this.counts = { requests: 0, sent: 0, received: 0, methods: {} };
  }

  #accept(client) {
    const chain = new WebSocket(this.upstream, { perMessageDeflate: false, maxPayload: MAX_MESSAGE });
    const opened = new Promise((resolve) => chain.once('open', resolve));
    for (const [one, other] of [
      [client, chain],
      [chain, client],
    ]) {
      one.on('error', () => other.terminate());
      one.on('close', () => other.terminate());
    }
    client.on('message', (data) => {
      const { method } = JSON.parse(data);
      this.counts.requests += 1;
      this.counts.sent += data.length;
      this.counts.methods[method] = (this.counts.methods[method] ?? 0) + 1;
      const due = performance.now() + this.latencyMs / 2;
      opened.then(() => at(due, () => chain.readyState === WebSocket.OPEN && chain.send(String(data))));
    });
    chain.on('message', (data) => {
      this.counts.received += data.length;
      const due = performance.now() + this.latencyMs / 2;
      at(due, () => client.readyState === WebSocket.OPEN && client.send(data, { binary: false }));
    });
  }
}

/** Timers of the same length fire in the order in which they were set, so that messages keep theirs. */
function at(due, act) {
  const left = due - performance.now();
  if (left <= 0) act();
  else setTimeout(act, left);
}

/** Starts a preset behind the proxy, in a process of its own. */
export async function distantChain(preset) {
  const child = fork(fileURLToPath(import.meta.url), [preset], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let settle;
  child.on('message', (message) => settle?.resolve(message));
  child.on('exit', (code) => settle?.reject(new Error(`the chain ended with ${code}`)));
  const answer = () =>
    new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
  const ask = (message) => {
    child.send(message);
    return answer();
  };
  const { url, direct } = await answer();
  return {
    /** Through the proxy. */
    url,
    /** Without it. */
    direct,
    /** Begins to count anew, with this latency. */
    reset: (latencyMs) => ask({ reset: latencyMs }),
    /** @returns {Promise<{requests: number, sent: number, received: number, methods: Record<string, number>}>} */
    counts: () => ask('counts'),
    close: () =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        child.disconnect();
      }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { startDevnet } = await import('../dist/devnet/index.js');
  const devnet = await startDevnet({ port: 0, preset: process.argv[2] });
  const proxy = new DelayProxy(devnet.url);
  const url = await proxy.listen();
  process.on('message', (message) => {
    if (message !== 'counts') proxy.reset(message.reset);
    process.send(proxy.counts);
  });
  process.on('disconnect', () => process.exit());
  process.send({ url, direct: devnet.url });
}
