// The host against chopsticks-core in the same run, on the same state: the same calls, alternating.
import { spawn } from 'node:child_process';
import { interleaved, median, peakMiB, round } from './measure.mjs';

async function chain() {
  process.env.LOG_LEVEL = 'fatal';
  const [{ loadPreset }, { openPreset }, { cacheDirectory }, host, { timestampInherent }, chopsticks] =
    await Promise.all([
      import('../dist/devnet/presets.js'),
      import('../dist/devnet/boot.js'),
      import('../dist/devnet/cache.js'),
      import('../dist/src/lib/host/index.js'),
      import('../dist/devnet/seal.js'),
      import('@acala-network/chopsticks-core'),
    ]);
  const { engine, accounts } = await openPreset(await loadPreset('tour'), cacheDirectory());
  return { engine, accounts, host, chopsticks, timestampInherent };
}

/** Milliseconds of one run of the calls, here and in chopsticks. */
function racers({ engine, host, chopsticks }, calls) {
  const { state } = engine.head;
  const wasm = host.toHex(state.read('0x3a636f6465'));
  const read = (key) => {
    const value = state.read(key);
    return value === undefined ? undefined : host.toHex(value);
  };
  const timed = (run) => async () => {
    const started = performance.now();
    await run();
    return performance.now() - started;
  };
  return [
    timed(async () => {
      const runtime = await engine.head.runtime();
      const overlay = new host.Overlay(state);
      for (const [method, args] of calls)
        runtime.call(method, Buffer.concat(args.map(host.fromHex)), overlay);
    }),
    timed(async () => {
      const answer = await chopsticks.runTask(
        { wasm, calls, mockSignatureHost: false, allowUnresolvedImports: true, runtimeLogLevel: 0 },
        {
          ...chopsticks.emptyTaskHandler,
          getStorage: async (key) => read(key),
          getNextKey: async (prefix, key) => state.nextKey(prefix, key),
        },
      );
      if (!('Call' in answer)) throw new Error(answer.Error);
    }),
  ];
}

export const hostBenches = (report) => ({
  async host() {
    const setting = await chain();
    const { engine, accounts, host, chopsticks, timestampInherent } = setting;
    const { head } = engine;
    const header = host.encodeHeader({
      parentHash: head.hash,
      number: head.number + 1,
      stateRoot: host.ZERO_HASH,
      extrinsicsRoot: host.ZERO_HASH,
      digest: [],
    });
    const block = [
      ['Core_initialize_block', [host.toHex(header)]],
      ['BlockBuilder_apply_extrinsic', [timestampInherent(engine.now(head) + 6_000)]],
      ['BlockBuilder_finalize_block', []],
    ];
    // `system.remark` as a signed origin: RawOrigin::Signed is variant 1 of the first pallet's origin.
    const { decorated } = await import('../dist/devnet/names.js');
    const { registry, tx } = await decorated(head);
    const alice = accounts.find(({ name }) => name === 'alice');
    const origin = registry.createType('OriginCaller', { system: { Signed: alice.address } }).toHex();
    const call = tx.balances.transferKeepAlive(alice.address, 1n).toHex();
    const dryRun = [['DryRunApi_dry_run_call', [origin, call, '0x05000000']]];
    for (const [name, calls, least] of [
      ['an empty block', block, 40],
      ['a dry run', dryRun, 100],
    ]) {
      const [ours, theirs] = await interleaved(15, racers(setting, calls));
      report(
        `${name}: here / chopsticks-core`,
        round(median(ours) / median(theirs), 4),
        1 / least,
        `${round(median(theirs) / median(ours), 0)} times as fast: ${round(median(ours))} ms and ${round(median(theirs), 0)} ms`,
      );
    }
    await chopsticks.destroyWorker();
    await engine.close();
  },

  async hostMemory() {
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { startDevnet } from ${JSON.stringify(new URL('../dist/devnet/index.js', import.meta.url).href)};
         const devnet = await startDevnet({ port: 0, mode: 'manual' });
         console.log('up');
         for await (const _ of process.stdin) {
           await devnet.advance({ blocks: 1_000 });
           console.log('done', process.memoryUsage().rss);
         }
         await devnet.close();`,
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    const lines = async (count) => {
      while (output.split('\n').length <= count) await new Promise((resolve) => setTimeout(resolve, 20));
      return output.split('\n');
    };
    await lines(1);
    report('memory of a development chain that is up, MiB', round(peakMiB(child.pid), 0), 200);
    const sizes = [];
    for (let thousand = 1; thousand <= 10; thousand += 1) {
      child.stdin.write('more\n');
      sizes.push(Number((await lines(1 + thousand))[thousand].split(' ')[1]));
    }
    child.kill('SIGKILL');
    report(
      'growth from block 5,000 to 10,000, kB a block',
      round((sizes[9] - sizes[4]) / 5_000 / 1_000),
      20,
      `${round(sizes[9] / 2 ** 20, 0)} MiB after 10,000; the state itself grows by 10 keys a block, as eras are not pruned`,
    );
  },
});
