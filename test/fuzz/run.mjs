// Feeds the parsers of Proof-of-Balance-Sheet with inputs that they were not made for:
//   node test/fuzz/run.mjs send [--runs N] [--seed N]
//   node test/fuzz/run.mjs [--inputs N] [--seconds S] [--seed TEXT] [--target NAME]... [--from N] [--save DIR]
// Default: a million inputs of all targets together. Exit codes: 0 every answer was one that may be, 1 one was not (seed and
// input are printed, and the input is saved), 2 nothing could be run.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
/** An input that takes longer hangs. */
const HANG_MS = 20_000;
const MOST_BYTES = 1 << 20;

if (!isMainThread) await work();
else if (process.argv[2] === 'send') sendModel();
else await main();

/** `send [--runs N] [--seed N]`: the send path against a chain, endpoints and a disk that are not kind to it. */
function sendModel() {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: { runs: { type: 'string', default: '10000' }, seed: { type: 'string' } },
  });
  const env = { ...process.env, SEND_RUNS: values.runs };
  env.SEND_SEED = values.seed ?? String(randomBytes(4).readUInt32LE());
  console.error(`seed ${env.SEND_SEED}`);
  const words = ['vitest', 'run', 'test/lib/tx/model.test.ts'];
  const { status } = spawnSync('npx', words, { cwd: root, env, stdio: 'inherit' });
  process.exitCode = status ?? 2;
}

async function main() {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '1000000' },
      seconds: { type: 'string' },
      seed: { type: 'string', default: randomBytes(6).toString('hex') },
      target: { type: 'string', multiple: true },
      from: { type: 'string', default: '0' },
      save: { type: 'string', default: join(root, '.cache', 'fuzz') },
    },
  });
  const number = (name) => {
    const value = values[name] === undefined ? undefined : Number(values[name]);
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
    console.error(`--${name} is not a whole number.`);
    process.exit(2);
  };
  const options = {
    seed: values.seed,
    inputs: number('inputs'),
    from: number('from'),
    ...(values.seconds === undefined ? {} : { seconds: number('seconds') }),
    ...(values.target === undefined ? {} : { only: values.target }),
  };
  // The sources are TypeScript, which Node 20 does not read.
  const bundle = join(root, '.cache', `fuzz-${process.pid}.mjs`);
  process.on('exit', () => rmSync(bundle, { force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
  const { build } = await import('esbuild');
  await build({
    entryPoints: [join(root, 'test/fuzz/fuzz.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outfile: bundle,
    logLevel: 'error',
  });
  console.error(`seed ${options.seed}`);
  // What is being tried is in shared memory: an input that never ends can be named all the same.
  const shared = new SharedArrayBuffer(16 + MOST_BYTES);
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { bundle, options, shared },
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  const state = new Int32Array(shared, 0, 4);
  let target = '';
  let last = -1;
  const watch = setInterval(() => {
    if (state[0] === last && last > 0) end([crashOf('it hangs')]);
    last = state[0];
  }, HANG_MS);
  const tell = setInterval(() => console.error(`${state[0]} inputs`), 30_000);
  const crashOf = (why) => ({
    target,
    index: state[1],
    bytes: new Uint8Array(shared, 16, state[2]).slice(),
    why,
  });
  worker.on('message', (message) => {
    if (message.target !== undefined) target = message.target;
    else end(message.report.crashes, message.report);
  });
  worker.on('error', (error) => end([crashOf(error.stack ?? String(error))]));

  function end(crashes, report) {
    clearInterval(watch);
    clearInterval(tell);
    if (report !== undefined) {
      for (const [name, counts] of Object.entries(report.outcomes)) {
        const words = Object.entries(counts).sort(([, a], [, b]) => b - a);
        console.log(`${name}: ${words.map(([word, count]) => `${count} ${word}`).join(', ')}`);
      }
      const rate = Math.round(report.inputs / report.seconds);
      console.log(
        `${report.inputs} inputs in ${report.seconds.toFixed(1)} s (${rate} a second), seed ${options.seed}`,
      );
    }
    for (const crash of crashes) {
      mkdirSync(values.save, { recursive: true });
      const path = join(values.save, `${crash.target}-${options.seed}-${crash.index}`);
      writeFileSync(path, crash.bytes);
      console.log(`FAILED ${crash.target}: ${crash.why}`);
      console.log(`  the input is in ${path}; again:`);
      console.log(
        `  npm run fuzz -- --seed ${options.seed} --target ${crash.target} --from ${crash.index} --inputs 1`,
      );
    }
    console.log(crashes.length === 0 ? 'nothing found' : `${crashes.length} found`);
    process.exit(crashes.length === 0 ? 0 : 1);
  }
}

async function work() {
  const { bundle, options, shared } = workerData;
  const { fuzz } = await import(bundle);
  const state = new Int32Array(shared, 0, 4);
  const room = new Uint8Array(shared, 16);
  let current = '';
  const before = (target, index, bytes) => {
    if (target !== current) parentPort.postMessage({ target });
    current = target;
    const shown = bytes.subarray(0, room.length);
    room.set(shown);
    state[1] = index;
    state[2] = shown.length;
    Atomics.add(state, 0, 1);
  };
  parentPort.postMessage({ report: await fuzz({ ...options, before }) });
}
