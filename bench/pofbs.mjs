// Speed of pofbs: verifying whole files against two floors measured on the same file in the same run (pofbsFloors.mjs),
// proofs of single rows, and other ways to build a tree. Floors are measured with one thread and with as many as verify
// uses; start-up (verifying an epoch of one row) is taken off.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { interleaved, median, round, watched } from './measure.mjs';
import { makeEpoch } from './pofbsEpoch.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const bin = join(dirname(here), 'bin', 'run.js');
const node = process.execPath;
const THREADS = Math.min(8, availableParallelism());
const MILLION = 1_000_000;

/** Runs with epochs in a directory of their own. */
async function scratch(work) {
  const folder = mkdtempSync(join(tmpdir(), 'bursar-bench-'));
  const env = { PATH: process.env.PATH, HOME: folder };
  const run = async (args) => {
    const file = join(folder, 'cpu');
    const watching = ['--import', pathToFileURL(join(here, 'cpu.mjs')).href, bin, 'pofbs', ...args, '--json'];
    const ended = await watched(node, watching, { env: { ...env, BENCH_CPU: file } });
    return { ...ended, cpu: Number(readFileSync(file, 'utf8')) };
  };
  try {
    await work({ folder, run, epoch: (name, rows) => makeEpoch(join(folder, name), rows) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function floors(path, rows, threads) {
  const { stdout } = await watched(node, [
    join(here, 'pofbsFloors.mjs'),
    path,
    String(rows),
    String(threads),
  ]);
  return JSON.parse(stdout);
}

const best = (values) => Math.min(...values);

/** Verifies `rows` rows a few times, between them the floors and an epoch of one row. */
async function measure({ folder, run, epoch }, rows, times) {
  const name = `epoch-${rows}`;
  const { path, bytes, total } = await epoch(name, rows);
  const verified = [];
  const alone = [];
  const together = [];
  const args = (directory, held) => [
    'verify',
    directory,
    '--balance',
    `USDC=${held}planck`,
    '--prev',
    `0x${'00'.repeat(32)}`,
  ];
  const tiny = await epoch(`tiny-${rows}`, 1);
  const startUp = [];
  for (let time = 0; time < times; time++) {
    verified.push(await run(args(join(folder, name), total)));
    startUp.push(await run(args(join(folder, `tiny-${rows}`), tiny.total)));
    alone.push(await floors(path, rows, 1));
    together.push(await floors(path, rows, THREADS));
  }
  const floor = (samples) => best(samples.map(({ hash }) => hash)) + best(samples.map(({ split }) => split));
  const wall = best(verified.map(({ ms }) => ms));
  const above = wall - best(startUp.map(({ ms }) => ms));
  const cpu = best(verified.map((one) => one.cpu)) - best(startUp.map((one) => one.cpu));
  const [one, all] = [floor(alone), floor(together)];
  return {
    rows,
    bytes,
    wall,
    above,
    startUp: best(startUp.map(({ ms }) => ms)),
    cpu,
    cpuFloor: best(alone.map((one) => one.cpu)),
    one,
    all,
    mib: Math.max(...verified.map(({ mib }) => mib)),
  };
}

const seconds = (ms) => `${round(ms / 1000)} s`;

function reportVerify(report, measured, memoryLimit) {
  const { rows, bytes, wall, above, startUp, one, all, cpu, cpuFloor, mib } = measured;
  const name = `pofbs verify, ${rows / MILLION} M rows (${round(bytes / 1e6, 0)} MB)`;
  report(
    `${name} / floors on one thread`,
    round(above / one),
    1.3,
    `${seconds(above)} above a start-up of ${seconds(startUp)}, floors ${seconds(one)}; the whole process ${seconds(wall)}`,
  );
  console.log(
    `     the same / floors on ${THREADS} threads, as verify has: ${round(above / all)} (floors ${seconds(all)}; file SHA-256 and CID are in no floor)`,
  );
  console.log(
    `     processor time, which a busy machine changes less: ${round(cpu / cpuFloor)} (${seconds(cpu)} and ${seconds(cpuFloor)})`,
  );
  report(`${name}, peak memory, MiB`, round(mib, 0), memoryLimit);
}

/** A ledger of so many wallets with salts of their own making; of every tenth row the amounts change with `epoch`. */
function writeLedger(path, rows, epoch) {
  const file = openSync(path, 'w');
  writeSync(file, 'wallet,total,withdrawable,request\n');
  for (let from = 0; from < rows; from += 10_000) {
    let text = '';
    for (let row = from; row < Math.min(rows, from + 10_000); row++) {
      const digest = createHash('sha256').update(`wallet/${row}`).digest();
      const total = digest.readBigUInt64LE(8) + BigInt(row % 10 === 0 ? epoch : 0);
      text += `0x${digest.toString('hex')},${total},${total / 2n},${row % 20 === 0 ? total / 4n : 0}\n`;
    }
    writeSync(file, text);
  }
  closeSync(file);
}

/** What custodians and validators do besides, against verify of the same rows: processor time and memory. */
async function beside(report, { folder, run }, rows) {
  const header = [
    '--chain',
    `0x${'11'.repeat(32)}`,
    '--custody',
    `0x${'22'.repeat(32)}`,
    '--timestamp',
    '1800000000',
  ];
  const build = (epoch) => [
    'build',
    join(folder, `ledger-${epoch}`),
    '--asset',
    'USDC:6',
    ...header,
    '--epoch',
    `${epoch}`,
    '--force',
    '--out',
    join(folder, `made-${epoch}`),
  ];
  for (const epoch of [1, 2]) {
    writeLedger(join(folder, `ledger-${epoch}`), rows, epoch);
    await run(build(epoch));
  }
  const [a, b] = [join(folder, 'made-1'), join(folder, 'made-2')];
  const mappings = ['--mapping-a', join(a, 'mapping.csv'), '--mapping-b', join(b, 'mapping.csv')];
  const verifies = ['verify', b];
  const jobs = {
    build: build(1),
    'map check': ['map', 'check', b],
    'diff by mapping': ['diff', a, b, ...mappings],
  };
  for (const [name, args] of Object.entries(jobs)) {
    const [own, verified] = await interleaved(3, [() => run(args), () => run(verifies)]);
    const cpu = (samples) => best(samples.map((one) => one.cpu));
    const label = `pofbs ${name}, ${rows / MILLION} M rows`;
    report(
      `${label}, processor time / verify`,
      round(cpu(own) / cpu(verified)),
      3,
      `${seconds(cpu(own))} and ${seconds(cpu(verified))}`,
    );
    report(`${label}, peak memory, MiB`, round(Math.max(...own.map(({ mib }) => mib)), 0), 200);
  }
  const all = join(folder, 'proofs');
  const proved = await run(['prove', b, '--all', all, '--mapping', join(b, 'mapping.csv')]);
  report(
    `pofbs prove --all, ${rows / MILLION} M proofs, s`,
    round(proved.ms / 1000),
    60,
    `processor time ${seconds(proved.cpu)}`,
  );
  report(`pofbs prove --all, peak memory, MiB`, round(proved.mib, 0), 200);
}

const LIMITS = { 1: 150, 2: 150, 5: 200, 10: 200, 20: 200 };
const linear = (report, sizes) =>
  scratch(async (bench) => {
    const measured = [];
    for (const size of sizes) {
      const one = await measure(bench, size * MILLION, size > 5 ? 2 : 4);
      reportVerify(report, one, LIMITS[size]);
      measured.push(one);
      rmSync(join(bench.folder, `epoch-${one.rows}`), { recursive: true });
    }
    const [first, last] = [measured[0], measured.at(-1)];
    if (measured.length > 1)
      report(
        `time a row, ${last.rows / MILLION} M rows / ${first.rows / MILLION} M rows`,
        round(last.above / last.rows / (first.above / first.rows)),
        1.15,
        measured.map(({ rows, above }) => `${rows / MILLION} M ${seconds(above)}`).join(', '),
      );
  });

const PEERS = [
  ['naive', 100_000, 'readline, BigInt, node:crypto; the same tree and conditions'],
  ['merkletreejs', 100_000, 'merkletreejs 0.6.0, a plain tree without sums'],
  ['openzeppelin', 20_000, '@openzeppelin/merkle-tree 1.0.8, a plain tree without sums'],
];
const PEER_PACKAGES = ['merkletreejs@0.6.0', '@openzeppelin/merkle-tree@1.0.8'];

/** @param report name, value, limit, detail: a value above its limit is a miss */
export const pofbsBenches = (report) => ({
  pofbs: () => linear(report, [1]),
  pofbsTen: () => linear(report, [1, 2, 5, 10]),
  pofbsTwenty: () => linear(report, [1, 20]),
  pofbsBeside: () => scratch((bench) => beside(report, bench, MILLION)),

  /** A user's proof from ten million rows, and checking it. */
  pofbsProof: () =>
    scratch(async ({ folder, run, epoch }) => {
      const [large, tiny] = [await epoch('large', 10 * MILLION), await epoch('tiny', 1)];
      for (const name of ['large', 'tiny']) await run(['verify', join(folder, name), '--save-tree']);
      const prove = (name, { id }) =>
        run(['prove', join(folder, name), '--id', id, '--out', join(folder, `${name}.json`)]);
      const [ten, one] = await interleaved(15, [
        async () => (await prove('large', large)).ms,
        async () => (await prove('tiny', tiny)).ms,
      ]);
      /** Of runs that took turns: what is left of a machine's moods. */
      const paired = (a, b) => median(a.map((ms, turn) => ms - b[turn]));
      const above = (a, b) =>
        `by minimum ${round(best(a) - best(b), 0)}; ${round(median(a), 0)} ms and ${round(median(b), 0)} ms`;
      report(
        'a proof from 10 M rows above one from 1 row, ms',
        round(paired(ten, one), 0),
        50,
        above(ten, one),
      );
      writeFileSync(join(folder, 'empty'), '');
      const [check, bare] = await interleaved(41, [
        async () => (await run(['check', join(folder, 'large.json'), '--gpmp', large.gpmp])).ms,
        async () => (await run(['cid', join(folder, 'empty')])).ms,
      ]);
      report(
        'checking it above the start-up (cid of an empty file), ms',
        round(paired(check, bare), 1),
        5,
        above(check, bare),
      );
    }),

  /** Other ways, a row's time against verify's. */
  pofbsPeers: () =>
    scratch(async (bench) => {
      const own = await measure(bench, MILLION, 2);
      const perRow = own.above / own.rows;
      writeFileSync(join(bench.folder, 'package.json'), '{"private":true}');
      const installed = spawnSync(
        'npm',
        ['install', '--no-audit', '--no-fund', '--loglevel=error', ...PEER_PACKAGES],
        {
          cwd: bench.folder,
          stdio: ['ignore', 'ignore', 2],
        },
      );
      const file = join(bench.folder, `epoch-${MILLION}`, 'USDC.csv');
      for (const [peer, rows, what] of PEERS) {
        if (peer !== 'naive' && installed.status !== 0) {
          console.log(`     ${peer}: not installed`);
          continue;
        }
        const { stdout, mib } = await watched(node, [
          join(here, 'pofbsPeers.mjs'),
          peer,
          file,
          String(rows),
          bench.folder,
        ]);
        const times = Number(stdout) / rows / perRow;
        report(
          `pofbs verify / ${peer}, time a row`,
          round(1 / times, 3),
          1,
          `${what}: ${round(times, 0)} times as long a row (${rows.toLocaleString('en')} rows, ${round(mib, 0)} MiB)`,
        );
      }
    }),
});

/** By name only: they take long, or need the network. */
export const LONG_POFBS = ['pofbsBeside', 'pofbsTen', 'pofbsTwenty', 'pofbsPeers'];
