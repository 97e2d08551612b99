// Cost of scoring 600 validators over 84 eras, 20 ms to the node and back, and of checking the snapshot without a node.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { distantChain } from './delay.mjs';
import { interleaved, median, round, watched } from './measure.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'bin', 'run.js');
const node = process.execPath;
const LATENCY_MS = 20;

/** @param report name, value, limit, detail: a value above its limit is a miss */
export const scoreBenches = (report) => ({
  async score() {
    const folder = mkdtempSync(join(tmpdir(), 'bursar-bench-'));
    const file = join(folder, 'score.json');
    const env = { PATH: process.env.PATH, HOME: folder };
    const run = (args, cache = 'cache') =>
      watched(node, [bin, ...args, '--json'], { env: { ...env, BURSAR_CACHE_DIR: join(folder, cache) } });
    const far = await distantChain('mainnet-like');
    const runs = [];
    try {
      for (let turn = 0; turn < 5; turn++) {
        await far.reset(LATENCY_MS);
        const args = ['validators', 'score', '--rpc', far.url, '--save', file];
        // Every run begins with nothing kept: the metadata is fetched.
        runs.push({ ...(await run(args, `cache-${turn}`)), ...(await far.counts()) });
      }
    } finally {
      await far.close();
    }
    const [{ requests, received, stdout }] = runs;
    const { result } = JSON.parse(stdout);
    const text = readFileSync(file, 'utf8');
    report(
      `requests of validators score, ${result.validators.length} validators × ${JSON.parse(text).content.facts.eras.length} eras`,
      requests,
      30,
      `connection and metadata included; ${round(received / 1e6)} MB answered, ${round(median(runs.map(({ ms }) => ms)) / 1000)} s`,
    );
    report('its peak memory, MiB', round(Math.max(...runs.map(({ mib }) => mib)), 0), 250);
    const [verify, trivial] = await interleaved(11, [
      async () => (await run(['validators', 'verify', file])).ms,
      async () => (await run(['config', 'path'])).ms,
    ]);
    report(
      'validators verify above the start-up (config path), s',
      round((Math.min(...verify) - Math.min(...trivial)) / 1000),
      0.3,
      `by minimum; ${round((median(verify) - median(trivial)) / 1000)} by median; ${round(Math.min(...verify), 0)} ms and ${round(Math.min(...trivial), 0)} ms; snapshot of ${round(text.length / 1e6)} MB`,
    );
    rmSync(folder, { recursive: true, force: true });
  },
});
