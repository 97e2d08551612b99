// Speed of the payout scan: 10 validators, 84 eras, 600 validators an era, 20 ms to the node and back. Everybody's time
// is that of a whole process with its connection and, unless said otherwise, the metadata; requests and bytes are counted
// between the two. See readers.mjs for the readers.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { distantChain } from './delay.mjs';
import { median, round, watched } from './measure.mjs';
import { readers } from './readers.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'bin', 'run.js');
const node = process.execPath;
const LATENCY_MS = 20;
const STASHES = 10;
const ERAS = 84;
const TURNS = 2;
/** 36 bytes a validator, as hex, and a little around it. */
const POINTS_OF_AN_ERA = 0.044;

const MB = (bytes) => round(bytes / 1e6);
const seconds = (ms) => round(ms / 1000);

/** Validators of the newest ended era in the order of their keys: prompt, slow and forgetful ones as they come. */
async function validators(url) {
  const { connect } = await import('../dist/src/lib/chain/connect.js');
  const { readEraWindow } = await import('../dist/src/lib/eras/facts.js');
  const chain = await connect({ endpoints: [url], timeoutMs: 60_000 });
  const { newest } = await readEraWindow(chain);
  const entries = await chain.entries({ pallet: 'Staking', item: 'ErasStakersOverview', keys: [newest] });
  await chain.close();
  return entries.map(({ keys }) => keys.at(-1));
}

/** The chain, its validators, a folder, and what runs on them as processes of their own. */
async function stage() {
  const far = await distantChain('mainnet-like');
  const stashes = await validators(far.direct);
  const folder = mkdtempSync(join(tmpdir(), 'bursar-bench-'));
  let caches = 0;
  let reader;
  const freshCache = () => join(folder, `cache-${++caches}`);
  return {
    far,
    stashes,
    freshCache,
    /** One scan by a reader. */
    async read(name, { cache = '', count = STASHES, eras = ERAS } = {}) {
      await far.reset(LATENCY_MS);
      const args = [join(root, 'bench', 'readers.mjs'), name, far.url, cache, String(eras)];
      const { ms, stdout, mib } = await watched(node, [...args, ...stashes.slice(0, count)]);
      return { ms, mib, ...JSON.parse(stdout), ...(await far.counts()) };
    },
    /** One scan by the command line. */
    async command(flags, { cache = freshCache() } = {}) {
      await far.reset(LATENCY_MS);
      const named = stashes.slice(0, STASHES).flatMap((stash) => ['--stash', stash]);
      const args = [bin, 'payouts', 'list', ...named, ...flags, '--rpc', far.url, '--json'];
      const env = { PATH: process.env.PATH, HOME: folder, BURSAR_CACHE_DIR: cache };
      const { ms, stdout, mib } = await watched(node, args, { env });
      const { result } = JSON.parse(stdout);
      const found = result.pages.map(({ era, stash, page }) => `${era}/${stash}/${page}`);
      return {
        ms,
        mib,
        found,
        eras: new Set(result.pages.map(({ era }) => era)).size,
        ...(await far.counts()),
      };
    },
    /** @returns scans by the library in this process, connected once */
    async library() {
      reader = await readers.bursar()(far.url, '');
      return async (count, eras) => {
        await far.reset(LATENCY_MS);
        const started = performance.now();
        await reader.scan(stashes.slice(0, count), eras);
        return { ms: performance.now() - started, ...(await far.counts()) };
      };
    },
    async close() {
      await reader?.close();
      await far.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const times = (runs) => runs.map(({ ms }) => ms);

/** All runs of one kind as one: median of the time, the rest of the last. */
function row(runs) {
  const last = runs.at(-1);
  return { ...last, ms: median(times(runs)), mib: Math.max(...runs.map(({ mib }) => mib)) };
}

function table(rows) {
  const lines = rows.map(([name, { ms, requests, received, found, mib }, note = '']) => [
    name,
    `${seconds(ms)} s`,
    String(requests),
    `${MB(received)} MB`,
    `${found.length}`,
    `${round(mib, 0)} MiB`,
    note,
  ]);
  print(['', 'time', 'requests', 'answered', 'pages found', 'memory', ''], ...lines);
}

function print(...rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows)
    console.log(
      `     ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ')}`.trimEnd(),
    );
}

const sameFound = (a, b) => [...a.found].sort().join() === [...b.found].sort().join();

/** @param report name, value, limit, detail: a value above its limit is a miss */
export const payoutBenches = (report) => ({
  async payouts() {
    const on = await stage();
    try {
      const warm = on.freshCache();
      await on.command([], { cache: warm });
      const own = { scan: [], listed: [], warm: [], library: [] };
      const several = async () => {
        for (let turn = 0; turn < TURNS; turn++) {
          own.scan.push(await on.command(['--no-amounts']));
          own.listed.push(await on.command([]));
        }
        own.warm.push(await on.command(['--no-amounts'], { cache: warm }));
        own.library.push(await on.read('bursar'));
      };
      // The peers' time is a thousand waits, and one run of each tells it. Ours is measured before, between and after.
      await several();
      const perKey = await on.read('per-key');
      await several();
      const canontech = await on.read('canontech');
      await several();
      const multi = await on.read('multi');
      const [scan, listed] = [row(own.scan), row(own.listed)];
      const about = `${STASHES} validators × ${ERAS} eras × ${on.stashes.length} validators`;
      report(`requests of a payout scan, ${about}`, scan.requests, 20, 'connection and metadata included');
      report('MB answered to it', MB(scan.received), 1.6, 'connection and metadata included');
      report('requests of the list with amounts', listed.requests, 20, `${listed.found.length} unpaid pages`);
      report(
        'MB answered to it',
        MB(listed.received),
        round(1.6 + listed.eras * POINTS_OF_AN_ERA),
        `the points of ${listed.eras} eras are in it, 36 bytes a validator and era, as hex`,
      );
      for (const [name, peer] of [
        ['a reader of key after key', perKey],
        ["canontech's reads", canontech],
      ]) {
        for (const [what, runs] of [
          ['payout scan', own.scan],
          ['list with amounts', own.listed],
        ]) {
          const [least, middle] = [Math.min(...times(runs)), median(times(runs))];
          report(
            `${what} / ${name}, ${LATENCY_MS} ms away`,
            round(least / peer.ms, 3),
            0.083,
            `${round(peer.ms / least, 0)} times faster by minimum, ${round(peer.ms / middle, 0)} by median`,
          );
        }
      }
      const complete = [scan, listed, row(own.library), multi].every((one) => sameFound(one, perKey));
      report(
        'scans that do not find what the complete reader finds',
        complete ? 0 : 1,
        0,
        `canontech's finds ${canontech.found.length} of ${perKey.found.length}`,
      );
      table([
        ['payouts list --no-amounts', scan],
        ['the same, metadata kept', row(own.warm)],
        ['payouts list', listed],
        ['library, without amounts', row(own.library)],
        ['@polkadot/api, key after key', perKey],
        ["@polkadot/api, canontech's reads", canontech],
        ['@polkadot/api, all keys in `multi`', multi],
      ]);
    } finally {
      await on.close();
    }
  },

  /** The same scan for more and for fewer validators and eras, over one connection. */
  async payoutsGrowth() {
    const on = await stage();
    try {
      const scan = await on.library();
      const cells = [1, 5, 10, 20].flatMap((count) => [21, 42, 84].map((eras) => ({ count, eras })));
      for (const cell of cells) cell.runs = [];
      // Not cell after cell: what slows the machine for a moment must not look like growth.
      for (let turn = -1; turn < 3; turn++)
        for (const { count, eras, runs } of cells) {
          const run = await scan(count, eras);
          if (turn >= 0) runs.push(run);
        }
      for (const cell of cells) {
        const { requests, sent, received } = cell.runs[0];
        Object.assign(cell, { pairs: cell.count * cell.eras, requests, bytes: sent + received });
        cell.ms = Math.min(...times(cell.runs));
      }
      print(
        ['validators × eras', 'keys', 'requests', 'sent and answered', 'scan', ''],
        ...cells.map(({ count, eras, pairs, requests, bytes, ms }) => [
          `${count} × ${eras}`,
          String(2 * pairs),
          String(requests),
          `${MB(bytes)} MB`,
          `${round(ms, 0)} ms`,
          `${round((ms - LATENCY_MS * requests) / pairs)} ms a validator and era, waiting aside`,
        ]),
      );
      const of = (count, eras) => cells.find((cell) => cell.count === count && cell.eras === eras);
      const [half, whole] = [of(10, ERAS), of(20, ERAS)];
      report('bytes of 20 validators × 84 eras / of 10', round(whole.bytes / half.bytes), 2.1);
      report('its time / of 10', round(whole.ms / half.ms), 2.4, 'by minimum');
      report('its requests', whole.requests, 20, `${half.requests} for 10`);
    } finally {
      await on.close();
    }
  },

  /** Minutes and gigabytes: only by name. */
  async payoutsDerive() {
    const on = await stage();
    try {
      const own = [await on.read('bursar'), await on.read('bursar'), await on.read('bursar')];
      const derive = await on.read('derive');
      report(
        'payout scan by the library / by derive.staking.stakerRewardsMultiEras',
        round(median(times(own)) / derive.ms, 3),
        0.083,
      );
      table([
        ['library, without amounts', row(own)],
        ['@polkadot/api, derive', derive, 'eras, not pages'],
      ]);
    } finally {
      await on.close();
    }
  },
});
