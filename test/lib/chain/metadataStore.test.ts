import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MetadataStore } from '../../../src/lib/chain/metadataStore.js';

const KEY = {
  genesisHash: `0x${'9d'.repeat(32)}`,
  specName: 'bursar-devnet',
  specVersion: 7,
  codeHash: `0x${'c0'.repeat(32)}`,
};
const SHAPE = { version: 15, pallets: ['System', 'Multisig'], apis: ['DryRunApi_dry_run_call'] };
const TRUE = '0x6d6574610f00';
const FORGED = '0x6d6574610fff';
const [A, B, C] = ['ws://a.example', 'ws://b.example', 'ws://c.example'];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bursar-store-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));
const store = (guarded = true) => new MetadataStore(directory, guarded);
const served = async (endpoint: string, key = KEY) => (await store().find(key, endpoint))?.metadata;

describe('kept metadata', () => {
  it('serves the endpoint that it came from, and no other', async () => {
    await store().keep(KEY, A, TRUE, SHAPE);
    expect(await served(A)).toBe(TRUE);
    expect(await served(B)).toBeUndefined();
  });

  it('serves every endpoint once two guarded connections have served the same', async () => {
    await store().keep(KEY, A, TRUE, SHAPE);
    await store().keep(KEY, B, TRUE, SHAPE);
    expect(await served(C)).toBe(TRUE);
  });

  it('also when the second one only confirmed it', async () => {
    const record = await store().keep(KEY, A, TRUE, SHAPE);
    await store().confirm(record, B);
    expect(await served(C)).toBe(TRUE);
    expect(await store().served(record, B)).toBe(true);
    expect(await store().served(record, C)).toBe(false);
  });

  it('that came unguarded confirms nothing', async () => {
    await store(false).keep(KEY, A, TRUE, SHAPE);
    await store().keep(KEY, B, TRUE, SHAPE);
    await store(false).keep(KEY, 'ws://d.example', TRUE, SHAPE);
    expect(await served(C)).toBeUndefined();
    // Until the same endpoint is asked with a configured chain.
    await store().keep(KEY, A, TRUE, SHAPE);
    expect(await served(C)).toBe(TRUE);
  });

  it('the same endpoint twice is one', async () => {
    for (let time = 0; time < 3; time++) await store().keep(KEY, A, TRUE, SHAPE);
    expect(await served(B)).toBeUndefined();
  });

  it('is that of one chain, runtime and code', async () => {
    await store().keep(KEY, A, TRUE, SHAPE);
    for (const other of [
      { ...KEY, genesisHash: `0x${'9d'.repeat(31)}00` },
      { ...KEY, specName: 'bursar' },
      { ...KEY, specName: 'bursar-devnet!' },
      { ...KEY, specVersion: 8 },
      { ...KEY, codeHash: `0x${'c1'.repeat(32)}` },
      { ...KEY, codeHash: null as never },
    ])
      expect(await served(A, other), JSON.stringify(other)).toBeUndefined();
  });

  it('of a code that the endpoint does not name is fetched every time', async () => {
    const unnamed = { ...KEY, codeHash: null };
    await store().keep(unnamed, A, TRUE, SHAPE);
    expect(await store().find(unnamed, A)).toBeUndefined();
  });

  it('is not used when it is damaged, of an older form, or not there', async () => {
    await store().keep(KEY, A, TRUE, SHAPE);
    const names = readdirSync(directory);
    expect(names.map((name) => statSync(join(directory, name)).mode & 0o777)).toEqual([0o600, 0o600]);
    for (const name of names) {
      const file = join(directory, name);
      const whole = readFileSync(file);
      for (const damage of ['', 'x', '{}', '[]', 'null', whole.subarray(0, -1), `${whole} `])
        if (String(damage).trim() !== String(whole)) {
          writeFileSync(file, damage);
          expect(await served(A), `${name} ${damage}`).toBeUndefined();
        }
      writeFileSync(file, whole);
      expect(await served(A)).toBe(TRUE);
    }
    const index = join(directory, names.find((name) => name.endsWith('.json'))!);
    writeFileSync(index, readFileSync(index, 'utf8').replace('metadata/3', 'metadata/2'));
    expect(await served(A)).toBeUndefined();
  });

  it('of one tenant of a gateway is not that of another', async () => {
    await store().keep(KEY, 'wss://gw.example/liar', FORGED, SHAPE);
    expect(await served('wss://gw.example/honest')).toBeUndefined();
    expect(await served('wss://gw.example/liar')).toBe(FORGED);
  });

  it('names no secret of an address', async () => {
    await store().keep(KEY, 'wss://user:secret@a.example/apikey-secret?key=secret', TRUE, SHAPE);
    for (const name of readdirSync(directory))
      expect(readFileSync(join(directory, name), 'utf8')).not.toContain('secret');
  });

  it('that cannot be written stops nothing', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const broken = new MetadataStore(join(file, 'below'), true);
    const record = await broken.keep(KEY, A, TRUE, SHAPE);
    expect(record).toMatchObject({ rivals: [], lacks: [], commits: false });
    await broken.confirm(record, B);
    expect(await new MetadataStore(undefined, true).find(KEY, A)).toBeUndefined();
  });
});

describe('the memory of what was served before', () => {
  it('names who served something else, whatever code that was said to be of', async () => {
    await store().keep(KEY, 'ws://liar.example', FORGED, SHAPE);
    const record = await store().keep(KEY, A, TRUE, SHAPE);
    expect(record.rivals).toEqual(['ws://liar.example']);
    // Both stay with their own.
    expect(await served('ws://liar.example')).toBe(FORGED);
    expect(await served(A)).toBe(TRUE);
    const other = await store().keep(
      { ...KEY, codeHash: `0x${'c1'.repeat(32)}` },
      B,
      '0x6d6574610f01',
      SHAPE,
    );
    expect([...other.rivals].sort()).toEqual(['ws://a.example', 'ws://liar.example']);
    // Another format says nothing about it.
    const older = await store().keep(KEY, C, '0x6d6574610e', { ...SHAPE, version: 14 });
    expect(older.rivals).toEqual([]);
  });

  it('names what a runtime of this version had, and now lacks', async () => {
    await store().keep(KEY, A, TRUE, SHAPE);
    const hiding = { version: 15, pallets: ['System'], apis: [] };
    // Of others only what two of them served; of the endpoint itself what it did before.
    expect((await store().keep(KEY, C, FORGED, hiding)).lacks).toEqual([]);
    const own = { ...KEY, specVersion: 9 };
    await store().keep(own, C, TRUE, SHAPE);
    expect((await store().keep(own, C, FORGED, hiding)).lacks).toEqual([
      'DryRunApi_dry_run_call',
      'Multisig',
    ]);
    await store().keep(KEY, B, TRUE, SHAPE);
    const record = await store().keep(KEY, C, FORGED, hiding);
    expect(record.lacks).toEqual(['DryRunApi_dry_run_call', 'Multisig']);
    expect((await store().find(KEY, A))?.record.lacks).toEqual([]);
    // A runtime of another version may lack what it likes.
    expect((await store().keep({ ...KEY, specVersion: 8 }, B, FORGED, hiding)).lacks).toEqual([]);
  });

  it('is not poisoned by one endpoint that invents something, nor by any that nobody guards', async () => {
    const invented = { ...SHAPE, pallets: [...SHAPE.pallets, 'Zzz'] };
    await store().keep(KEY, 'ws://liar.example', FORGED, invented);
    for (const url of ['ws://d.example', 'ws://e.example'])
      await store(false).keep(KEY, url, '0x6d6574610ffe', { ...SHAPE, pallets: ['Yyy'] });
    const record = await store().keep(KEY, A, TRUE, SHAPE);
    expect(record).toMatchObject({ lacks: [], rivalled: true });
    await store(false).committed(record);
    expect((await store().find(KEY, A))?.record.commits).toBe(false);
  });

  it('knows by the chain that was configured whether a rival may be right', async () => {
    await store(false).keep(KEY, 'ws://liar.example', FORGED, SHAPE);
    const record = await store().keep(KEY, A, TRUE, SHAPE);
    expect(record).toMatchObject({ rivals: ['ws://liar.example'], rivalled: false });
  });

  it('knows that the chain checks the metadata hash, for every endpoint', async () => {
    const record = await store().keep(KEY, A, TRUE, SHAPE);
    expect(record.commits).toBe(false);
    await store().committed(record);
    expect((await store().find(KEY, A))?.record.commits).toBe(true);
    expect((await store().keep(KEY, B, FORGED, SHAPE)).commits).toBe(true);
    expect((await store().keep({ ...KEY, specVersion: 8 }, B, FORGED, SHAPE)).commits).toBe(false);
  });

  it('has digests, each by what it was made with', async () => {
    const record = await store().keep(KEY, A, TRUE, SHAPE);
    await store().keepDigest(record, '10 DOT', '0x10');
    await store().keepDigest(record, '12 DOT', '0x12');
    expect(await store().digest(record, '10 DOT')).toBe('0x10');
    expect(await store().digest(record, '12 DOT')).toBe('0x12');
    expect(await store().digest(record, '12 KSM')).toBeUndefined();
    expect(await store().digest(record, 'toString')).toBeUndefined();
    const other = await store().keep(KEY, B, FORGED, SHAPE);
    expect(await store().digest(other, '10 DOT')).toBeUndefined();
  });

  it('does not grow without end, and does not lose what is confirmed', async () => {
    await store().keep(KEY, A, TRUE, SHAPE);
    await store().keep(KEY, B, TRUE, SHAPE);
    for (let time = 0; time < 40; time++)
      await store().keep(
        KEY,
        `ws://liar${time}.example`,
        `0x6d6574610f${time.toString(16).padStart(2, '0')}`,
        SHAPE,
      );
    expect(await served(C)).toBe(TRUE);
    expect((await store().find(KEY, A))?.record.rivals.length).toBe(15);
    expect(readdirSync(directory).length).toBeLessThan(20);
  });
});
