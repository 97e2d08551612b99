/** `pofbs prove` and `pofbs check` as a user starts them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { toHex } from '../../src/lib/pofbs/gpmp.js';
import { idContext, idOf } from '../../src/lib/pofbs/id.js';
import { BIN, run } from '../cli/process.js';
import { writeEpoch } from '../lib/pofbs/epochs.js';
import { HEADER, hash32, rowsWith } from '../lib/pofbs/snapshots.js';
import { assertMatchesSchema } from '../support/schema.js';

const scratch = mkdtempSync(join(tmpdir(), 'bursar-proofs-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const at = (name: string) => join(scratch, name);

const [wallet, salt] = [hash32('wallet'), hash32('salt')];
const own = { id: idOf(idContext(HEADER), wallet, salt), total: 12_500_000n, withdrawable: 5n, request: 1n };
const rows = [
  ...rowsWith([
    [1n, 1n, 1n],
    [2n, 2n, 0n],
    [3n, 0n, 0n],
  ]),
  own,
].sort((a, b) => Buffer.compare(a.id, b.id));
const bad = rows.map((row) => ({ ...row, request: row.withdrawable + 1n }));
const { gpmp } = writeEpoch(at('epoch'), { USDC: { rows, groupRows: 65_536 } });
const guilty = writeEpoch(at('guilty'), { USDC: { rows: bad } }).gpmp;
const id = toHex(own.id).slice(2);
writeFileSync(at('salt'), `${toHex(salt)}\n`, { mode: 0o600 });

const pofbs = (...args: string[]) => run(['pofbs', ...args]);
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await pofbs(...args, '--json');
  const { schema, result, error } = assertMatchesSchema(stdout) as {
    schema: string;
    result: Record<string, never>;
    error?: { code: string; exit: number };
  };
  expect(stderr).toBe('');
  return { code, schema, result, error };
};

describe('a line', () => {
  it('prove prints the proof’s own bytes, and check says what they prove', async () => {
    const { code, stdout, stderr } = await pofbs('prove', at('epoch'), '--id', id);
    expect([code, stderr]).toEqual([0, '']);
    writeFileSync(at('proof.json'), stdout);
    const checked = await pofbs('check', at('proof.json'), '--gpmp', gpmp);
    expect([checked.code, checked.stderr]).toEqual([0, '']);
    expect(checked.stdout).toContain('TRUE: the line is in the list');
    // One plain sentence first; the steps are for those who ask.
    expect(checked.stdout.split('\n').slice(0, 5).join(' ')).toContain(
      `The custodian stated for 2023-11-14T22:13:20Z that it owes 12.5 USDC to the holder of the id ${id}`,
    );
    expect(checked.stdout).not.toContain('The path leads to the root');
    const verbose = await pofbs('check', at('proof.json'), '--gpmp', gpmp, '--verbose');
    expect(verbose.stdout).toContain('✓ The path leads to the root of the summary');
    expect(checked.stdout).toContain(`the id ${id} is owed 12.5 USDC, may withdraw 0.000005 USDC`);
    expect(checked.stdout).toMatch(/What is not proved[\s\S]*That the custodian has the money/);
    expect(checked.stdout).toContain('Whose line it is: the proof does not open the id.');
  });

  it('of a wallet opens the id; another wallet, another GPMP and a changed file are FALSE', async () => {
    const proof = at('own.json');
    const made = await pofbs(
      'prove',
      at('epoch'),
      '--wallet',
      toHex(wallet),
      '--salt-file',
      at('salt'),
      '--out',
      proof,
    );
    expect([made.code, made.stderr]).toEqual([0, '']);
    expect(made.stdout).toContain(`Written to  ${proof}`);
    const good = await json('check', proof, '--gpmp', gpmp, '--wallet', toHex(wallet));
    expect(good).toMatchObject({
      code: 0,
      schema: 'bursar/pofbs.check/1',
      result: { holds: true, line: { index: rows.indexOf(own) } },
    });
    expect(good.error).toBeUndefined();
    const other = await json('check', proof, '--gpmp', gpmp, '--wallet', toHex(salt));
    expect(other).toMatchObject({
      code: 9,
      result: { holds: false },
      error: { code: 'PROOF_FALSE', exit: 9 },
    });
    const wrong = await json('check', proof, '--gpmp', guilty);
    expect(wrong).toMatchObject({ code: 9, result: { holds: false, proved: [] } });
    const changed = readFileSync(proof, 'utf8').replace('"12500000"', '"12500001"');
    writeFileSync(at('changed.json'), changed);
    expect(await json('check', at('changed.json'), '--gpmp', gpmp)).toMatchObject({
      code: 9,
      result: { holds: false },
    });
    writeFileSync(at('changed.json'), ` ${changed}`);
    const { code, stdout } = await pofbs('check', at('changed.json'), '--gpmp', gpmp, '--json');
    expect([code, assertMatchesSchema(stdout).error]).toMatchObject([9, { code: 'PROOF_FORM' }]);
  });

  it('that is FALSE says what differs, and the innocent causes first', async () => {
    const proof = at('told.json');
    await pofbs('prove', at('epoch'), '--wallet', toHex(wallet), '--salt-file', at('salt'), '--out', proof);
    const told = async (...args: string[]) => {
      const { code, stderr } = await pofbs('check', ...args);
      expect([code, stderr]).toEqual([
        9,
        expect.stringContaining('error: The proof is false: it shows nothing.'),
      ]);
      return stderr;
    };
    const epoch = await told(proof, '--gpmp', guilty);
    expect(epoch).toContain(`What differs is the GPMP: the proof says that it is of epoch ${HEADER.epoch} (`);
    expect(epoch).toMatch(
      /hint: Is that the GPMP of epoch 7\? It may be of another epoch[^.]*, or mistyped\. If/,
    );
    expect(await told(proof, '--manifest', at('guilty/manifest.json'))).toContain('the GPMP of the manifest');
    const other = await told(proof, '--gpmp', gpmp, '--wallet', toHex(salt));
    expect(other).toContain('What differs is the wallet: the id commits to');
    expect(other).toContain('hint: Was the wallet copied whole');
    const mute = at('mute.json');
    await pofbs('prove', at('epoch'), '--id', id, '--out', mute);
    expect(await told(mute, '--gpmp', gpmp, '--wallet', toHex(wallet))).toContain('the proof names none');
    // What has no innocent cause is given none.
    const forged = at('forged.json');
    writeFileSync(forged, readFileSync(proof, 'utf8').replace(toHex(salt), toHex(wallet)));
    const lie = await told(forged, '--gpmp', gpmp, '--wallet', toHex(salt));
    expect(lie).toContain('"The id commits to the wallet." does not hold.');
    expect(lie).not.toContain('copied whole');
    writeFileSync(forged, readFileSync(proof, 'utf8').replace('"12500000"', '"12500001"'));
    const row = await told(forged, '--gpmp', gpmp);
    expect(row).not.toContain('mistyped');
  });

  it('is piped from prove to check, and the salt from wherever it is', async () => {
    const start = (args: string[], input: Buffer | string) =>
      spawnSync(process.execPath, [BIN, 'pofbs', ...args], { input });
    const made = start(['prove', at('epoch'), '--wallet', toHex(wallet), '--salt-file', '-'], toHex(salt));
    expect([made.status, made.stderr.toString()]).toEqual([0, '']);
    const checked = start(['check', '-', '--gpmp', gpmp, '--wallet', toHex(wallet)], made.stdout);
    expect([checked.status, checked.stderr.toString()]).toEqual([0, '']);
  });

  it('is checked against a manifest, with a warning whose word that is', async () => {
    const manifest = at('epoch/manifest.json');
    const { stdout, code } = await pofbs('check', at('proof.json'), '--manifest', manifest);
    expect(code).toBe(0);
    expect(stdout).toContain(`${gpmp}  from the manifest`);
    expect(stdout).toContain('it was taken from the manifest, which the custodian wrote');
    writeFileSync(at('other.json'), readFileSync(manifest, 'utf8').replace('"epoch":7', '"epoch":8'));
    expect((await pofbs('check', at('proof.json'), '--manifest', at('other.json'))).code).toBe(9);
  });

  it('that is not in the list ends with 9 and the lines beside it', async () => {
    const { code, result, error, schema } = await json('prove', at('epoch'), '--id', 'f'.repeat(64));
    expect([code, schema, error?.code]).toEqual([9, 'bursar/pofbs.prove/1', 'ID_NOT_FOUND']);
    expect(result).toMatchObject({
      proof: null,
      nodes: 'computed',
      neighbours: { before: { index: 3 }, after: null },
    });
    const { stdout, stderr } = await pofbs('prove', at('epoch'), '--id', '0'.repeat(64));
    expect(stdout).toContain('The row before: none, it is the end of the list');
    expect(stderr).toContain('is not in the list');
  });
});

describe('a fraud', () => {
  it('is found, written and checked', async () => {
    const out = at('fraud.json');
    const made = await json('prove', at('guilty'), '--fraud', '--out', out);
    expect(made).toMatchObject({ code: 0, result: { proof: { kind: 'row', index: 0 }, file: out } });
    const checked = await pofbs('check', out, '--gpmp', guilty);
    expect([checked.code, checked.stderr]).toEqual([0, '']);
    expect(checked.stdout).toContain('FRAUD: C4 is broken. Nobody requests more than is withdrawable.');
    expect(checked.stdout).toContain('Who published this GPMP: look it up on the chain.');
    const mine = await json('check', out, '--gpmp', guilty, '--wallet', toHex(wallet));
    expect(mine).toMatchObject({ code: 2, error: { code: 'PROOF_WITHOUT_WALLET' } });
    const innocent = await json('check', out, '--gpmp', gpmp);
    expect(innocent).toMatchObject({ code: 9, error: { code: 'FRAUD_NOT_PROVED' }, result: { rule: null } });
  });

  it('is not found where there is none', async () => {
    const { code, result, error } = await json('prove', at('epoch'), '--fraud');
    expect([code, error?.code]).toEqual([9, 'NOTHING_TO_PROVE']);
    expect(result.why).toContain('there is no fraud in what is published');
  });
});

describe('what cannot be done', () => {
  it.each([
    [['prove', 'EPOCH'], 2, 'id'],
    [['prove', 'EPOCH', '--id', id, '--fraud'], 2, 'fraud'],
    [['prove', 'EPOCH', '--id', 'xyz'], 2, 'is not an id'],
    [['prove', 'EPOCH', '--wallet', toHex(wallet)], 2, 'salt'],
    [['prove', 'EPOCH', '--wallet', 'nobody', '--salt-file', 'SALT'], 2, 'account address'],
    [['prove', 'EPOCH', '--salt-file', 'SALT', '--id', id], 2, '--wallet'],
    [['prove', 'nowhere', '--id', id], 2, 'nothing at'],
    [['prove', 'EPOCH', '--id', id, '--asset', 'DOT'], 2, 'no such asset'],
    [['check', 'proof.json'], 2, 'gpmp'],
    [['check', 'PROOF', '--gpmp', '0x12'], 2, 'not a hash'],
    [['check', 'nowhere', '--gpmp', gpmp], 2, 'no proof at'],
    [['check', 'EPOCH', '--gpmp', gpmp], 2, 'is a directory'],
    [['check', 'PROOF', '--gpmp', gpmp, '--wallet', '5xyz'], 2, 'address'],
    [['check', 'SALT', '--gpmp', gpmp], 2, 'is no proof that bursar can check'],
  ] as const)('%j ends with %d', async (args, exit, words) => {
    const places: Record<string, string> = { EPOCH: at('epoch'), SALT: at('salt'), PROOF: at('proof.json') };
    const { code, stdout, stderr } = await pofbs(...args.map((arg) => places[arg] ?? arg));
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain(toHex(salt).slice(2));
  });
});
