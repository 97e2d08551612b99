import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPreset } from '../../devnet/boot.js';
import { cacheDirectory } from '../../devnet/cache.js';
import { loadBlob, presetGenesis } from '../../devnet/genesis.js';
import { CODE_KEY, genesisHeader, stateOf } from '../../devnet/header.js';
import { merged, type Preset } from '../../devnet/preset.js';
import { loadPreset } from '../../devnet/presets.js';
import { keysOf } from '../../src/lib/host/index.js';
import { temporaryFolder } from './support.js';

const tour = await loadPreset('tour');
const blob = loadBlob();

describe('genesis', () => {
  it('the same preset and blob give the same chain, block by block, with or without a cache', async () => {
    const [one, two] = [temporaryFolder(), temporaryFolder()];
    const fresh = await openPreset(tour, one);
    const again = await openPreset(tour, one);
    const elsewhere = await presetGenesis(tour, blob, two);
    expect([fresh.genesis.cached, again.genesis.cached, elsewhere.cached]).toEqual([false, true, false]);
    expect(again.genesis.hash).toBe(fresh.genesis.hash);
    expect(elsewhere.hash).toBe(fresh.genesis.hash);
    // Deterministic across machines too: the usual cache was made by another run.
    const usual = await openPreset(tour, cacheDirectory());
    expect(usual.engine.head.number).toBe(32);
    expect(usual.engine.head.hash).toBe(fresh.engine.head.hash);
    expect(again.engine.head.hash).toBe(fresh.engine.head.hash);
  });

  it('a state file whose first blocks were not all written is completed', async () => {
    const [cache, path] = [cacheDirectory(), join(temporaryFolder(), 'state')];
    const first = await openPreset(tour, cache, path);
    const head = first.engine.head.hash;
    await first.engine.close();
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, whole.split('\n').slice(0, 12).join('\n'));
    const again = await openPreset(tour, cache, path);
    expect(again.engine.head.hash).toBe(head);
    await again.engine.close();
    expect(readFileSync(path, 'utf8')).toBe(whole);
  });

  it('its hash is that of a header over the whole state, code included', async () => {
    const { hash, state } = await presetGenesis(tour, blob, cacheDirectory());
    const entries = [...keysOf(state, '0x')].map((key) => [key, state.read(key) as Uint8Array] as const);
    expect((await genesisHeader(await stateOf(entries, 1))).hash).toBe(hash);
    const otherCode = entries.map(([k, v]) => [k, k === CODE_KEY ? Uint8Array.of(0) : v] as const);
    expect((await genesisHeader(await stateOf(otherCode, 1))).hash).not.toBe(hash);
    expect(Buffer.compare(state.read(CODE_KEY) as Uint8Array, blob.wasm)).toBe(0);
  });

  it('another configuration is another chain', async () => {
    const other: Preset = {
      ...tour,
      patch: async (accounts) => merged(await tour.patch(accounts), { staking: { validatorCount: 9 } }),
    };
    const cache = temporaryFolder();
    const hashes = [
      (await presetGenesis(tour, blob, cache)).hash,
      (await presetGenesis(other, blob, cache)).hash,
    ];
    expect(new Set(hashes).size).toBe(2);
    expect(readdirSync(cache).length).toBe(2);
  });

  it('a damaged cache is made again', async () => {
    const cache = temporaryFolder();
    const { hash } = await presetGenesis(tour, blob, cache);
    const path = join(cache, readdirSync(cache)[0]!);
    const bytes = readFileSync(path);
    bytes[bytes.length - 5]! ^= 1;
    writeFileSync(path, bytes);
    const again = await presetGenesis(tour, blob, cache);
    expect([again.cached, again.hash]).toEqual([false, hash]);
    writeFileSync(path, bytes.subarray(0, 1_000));
    expect((await presetGenesis(tour, blob, cache)).hash).toBe(hash);
  });

  it('a configuration that the runtime refuses is named', async () => {
    const wrong: Preset = { ...tour, patch: async () => ({ staking: { noSuchField: 1 } }) };
    await expect(presetGenesis(wrong, blob, temporaryFolder())).rejects.toMatchObject({
      exit: 4,
      code: 'GENESIS_REFUSED',
      message: expect.stringContaining('noSuchField'),
    });
  });

  it('an unknown preset is refused by name', async () => {
    await expect(loadPreset('nothing')).rejects.toMatchObject({ exit: 2, code: 'UNKNOWN_PRESET' });
    await expect(loadPreset('constructor')).rejects.toMatchObject({ exit: 2 });
  });
});
