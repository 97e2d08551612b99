// npm run bench [-- NAME…]: every speed that the README states, as a ratio to a named baseline in the same run.
// The limits are the project's own; a miss ends with exit code 1.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostBenches } from './host.mjs';
import { interleaved, median, peakMiB, ratio, round, wall } from './measure.mjs';
import { payoutBenches } from './payouts.mjs';
import { LONG_POFBS, pofbsBenches } from './pofbs.mjs';
import { scoreBenches } from './score.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'bin', 'run.js');
const node = process.execPath;
const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const results = [];

function report(name, value, limit, detail) {
  const ok = value <= limit;
  results.push(ok);
  console.log(`${ok ? 'ok  ' : 'MISS'} ${name}: ${value} (limit ${limit})${detail ? `  ${detail}` : ''}`);
}

/** Milliseconds until a process sends its first byte to a socket, and its memory at that moment. */
function firstByte(args) {
  return new Promise((resolve, reject) => {
    let child;
    let started;
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        const ms = performance.now() - started;
        const mib = peakMiB(child.pid);
        child.kill('SIGKILL');
        server.close(() => resolve({ ms, mib }));
      });
    });
    server.listen(0, '127.0.0.1', () => {
      started = performance.now();
      child = spawn(node, [bin, ...args, '--rpc', `ws://127.0.0.1:${server.address().port}`], {
        stdio: 'ignore',
      });
      child.on('error', reject);
    });
  });
}

const benches = {
  async help() {
    const [own, bare] = await interleaved(15, [
      async () => (await wall(node, [bin, '--help'])).ms,
      async () => (await wall(node, [join(root, 'bench/bare-oclif/run.js'), '--help'])).ms,
    ]);
    const { median: byMedian, min } = ratio(own, bare);
    report(
      'bursar --help / bare oclif --help',
      round(byMedian),
      1.15,
      `by minimum ${round(min)}; ${round(median(own), 0)} ms and ${round(median(bare), 0)} ms`,
    );
  },

  async firstByte() {
    const memory = [];
    const [own, api] = await interleaved(15, [
      async () => {
        const { ms, mib } = await firstByte(['stake', 'status', ALICE]);
        memory.push(mib);
        return ms;
      },
      async () =>
        (await wall(node, ['--input-type=module', '-e', "import '@polkadot/api'"], { cwd: root })).ms,
    ]);
    const { median: byMedian, min } = ratio(own, api);
    report(
      "stake status until its first byte / import '@polkadot/api'",
      round(byMedian),
      0.45,
      `by minimum ${round(min)}; ${round(median(own), 0)} ms and ${round(median(api), 0)} ms`,
    );
    report('memory of stake status at its first byte, MiB', round(median(memory), 0), 120);
  },

  async requests() {
    const { startDevnet } = await import('../dist/devnet/index.js');
    const { connect } = await import('../dist/src/lib/chain/connect.js');
    const { readStakingFacts } = await import('../dist/src/lib/staking/facts.js');
    const devnet = await startDevnet({ port: 0 });
    const chain = await connect({ endpoints: [devnet.url], timeoutMs: 60_000 });
    const known = Object.values(devnet.accounts).map(({ address }) => address);
    const accounts = known.slice(0, 50);
    const facts = await readStakingFacts(chain, { accounts });
    report(
      `requests of stake status for ${facts.accounts.length} accounts`,
      chain.requests,
      6,
      `${facts.targets.length} nominated validators`,
    );
    await chain.close();
    await devnet.close();
  },

  async memory() {
    const { startDevnet } = await import('../dist/devnet/index.js');
    const devnet = await startDevnet({ port: 0 });
    const peaks = [];
    for (let run = 0; run < 5; run++) {
      peaks.push(
        await new Promise((resolve) => {
          const child = spawn(node, [bin, 'stake', 'status', ALICE, '--rpc', devnet.url], {
            stdio: 'ignore',
          });
          let peak = 0;
          const timer = setInterval(() => {
            try {
              peak = Math.max(peak, peakMiB(child.pid));
            } catch {}
          }, 5);
          child.on('close', () => {
            clearInterval(timer);
            resolve(peak);
          });
        }),
      );
    }
    await devnet.close();
    report('peak memory of a whole stake status, MiB', round(median(peaks), 0), 120);
  },

  async devnet() {
    const { WebSocket } = await import('ws');
    const cache = mkdtempSync(join(tmpdir(), 'bursar-bench-'));
    const start = (port) =>
      new Promise((resolve, reject) => {
        const started = performance.now();
        const child = spawn(
          node,
          [bin, 'devnet', 'up', '--port', String(port), '--dir', join(cache, 'kit')],
          {
            stdio: 'ignore',
            env: { ...process.env, BURSAR_CACHE_DIR: cache },
          },
        );
        child.on('error', reject);
        const attempt = () => {
          const socket = new WebSocket(`ws://127.0.0.1:${port}`);
          socket.on('error', () => setTimeout(attempt, 10));
          socket.on('open', () =>
            socket.send('{"jsonrpc":"2.0","id":1,"method":"chain_getHeader","params":[]}'),
          );
          socket.on('message', () => {
            const ms = performance.now() - started;
            socket.close();
            child.on('close', () => resolve(ms));
            child.kill('SIGINT');
          });
        };
        attempt();
      });
    const cold = await start(19_944);
    const warm = [];
    for (let run = 0; run < 3; run++) warm.push(await start(19_945 + run));
    rmSync(cache, { recursive: true, force: true });
    report(
      'devnet up until its first answer, s',
      round(median(warm) / 1000),
      1,
      `the first time on a machine ${round(cold / 1000)} s`,
    );
  },

  async tour() {
    const { ms, code } = await wall(node, [bin, 'devnet', 'tour', '--json']);
    report('the tour, s', round(ms / 1000, 0), 15, `exit code ${code}`);
    if (code !== 0) results.push(false);
  },

  ...hostBenches(report),
  ...payoutBenches(report),
  ...pofbsBenches(report),
  ...scoreBenches(report),
};

/** Too long for every run: only by name. */
const LONG = ['payoutsDerive', ...LONG_POFBS];

const wanted = process.argv.slice(2);
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length === 0 ? !LONG.includes(name) : wanted.includes(name)) await bench();
}
process.exit(results.every(Boolean) ? 0 : 1);
