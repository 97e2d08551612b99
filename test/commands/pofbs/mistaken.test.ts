/** One file given for another, and flags that are nearly right: what is said, and the exit code. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, describe, expect, it } from 'vitest';
import { seal } from '../../../src/lib/pofbs/seal.js';
import { REPOSITORY, run } from '../../cli/process.js';

const EXAMPLE = `${REPOSITORY}examples/pofbs-epochs`;
const scratch = mkdtempSync(join(tmpdir(), 'bursar-mistaken-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const at = (...names: string[]) => join(scratch, ...names);
const put = (name: string, content: string | Uint8Array, mode = 0o644): string => {
  writeFileSync(at(name), content, { mode });
  return at(name);
};
const epoch = join(EXAMPLE, 'epoch-1');
const inEpoch = (name: string) => join(epoch, name);
const ledger = join(EXAMPLE, 'ledgers/1.csv');
const { gpmp } = JSON.parse(readFileSync(inEpoch('manifest.json'), 'utf8')) as { readonly gpmp: string };

interface Told {
  readonly code: number | null;
  readonly result?: never;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}
async function told(...args: string[]): Promise<Told> {
  const { code, stdout } = await run(['pofbs', ...args, '--json']);
  return { code, ...(JSON.parse(stdout) as Omit<Told, 'code'>) };
}
const proof = at('proof.json');
const id = readFileSync(inEpoch('DOT.csv'), 'utf8').split('\n')[1]!.slice(0, 64);
async function makeProof(): Promise<string> {
  if (!existsSync(proof))
    expect((await told('prove', epoch, '--asset', 'DOT', '--id', id, '--out', proof)).code).toBe(0);
  return proof;
}

describe('pofbs check', () => {
  it.each<[string, () => string, string]>([
    ['a manifest', () => inEpoch('manifest.json'), 'is a manifest, not a proof'],
    ['a snapshot', () => inEpoch('DOT.csv'), 'is a snapshot, not a proof'],
    ['a packed snapshot', () => put('x.gz', gzipSync('x')), 'is packed (gzip or zstd), not a proof'],
    ['a mapping', () => inEpoch('mapping.csv'), 'is the private mapping, not a proof'],
    ['a sealed mapping', () => put('m.age', 'age-encryption.org/v1\nx'), 'is a sealed mapping, not a proof'],
    ['a ledger', () => ledger, 'is a ledger, not a proof'],
    ['a saved tree', () => inEpoch('DOT.csv.tree'), 'is a saved tree, not a proof'],
    [
      'a partial',
      () => put('part.json', '{"format":"pofbs.partial/1"}\n'),
      'is one part of a verification, not a proof',
    ],
  ])('says that %s is no proof', async (_, path, message) => {
    const { code, error } = await told('check', path(), '--gpmp', gpmp);
    expect([code, error?.code]).toEqual([2, 'INPUT_KIND']);
    expect(error?.message).toContain(message);
    expect(error?.hint).toContain('--manifest');
  });
  it.each([
    ['nothing', '', 'is no proof that bursar can check'],
    ['half of something', '{', 'is no proof that bursar can check'],
    ['a word', 'x', 'is no proof that bursar can check'],
    ['null', 'null', 'is no proof that bursar can check'],
    ['another form', '{"format":"constructor"}', 'is no proof that bursar can check'],
    ['no form', '{"format":7}', 'is no proof that bursar can check'],
    [
      'another exchange’s proof',
      '{"path":[{"auditId":"Au20221129","balances":{"BTC":0},"level":11}],"self":{"balances":{"USDT":5560.49}}}',
      'is no proof that bursar can check',
    ],
    ['a later version', '{"format":"pofbs.inclusion/9"}', 'which this bursar does not know'],
    ['a web page', '<!DOCTYPE html>\n<html><body>404</body></html>', 'is a web page, not a proof'],
    ['an armored file', '-----BEGIN AGE ENCRYPTED FILE-----\n', 'is a sealed mapping, not a proof'],
    ['two forms', '{"format":"okx/1","format":"pofbs.inclusion/2"}', 'is no proof that bursar can check'],
  ])('of %s says that it cannot be checked, and nothing of the epoch', async (_, text, why) => {
    const { code, error } = await told('check', put('damaged', text), '--gpmp', gpmp);
    expect([code, error?.code]).toEqual([2, 'INPUT_KIND']);
    expect(error?.message).toContain(why);
    expect(JSON.stringify(error)).not.toContain('undefined');
  });
  it.each([
    ['cut off', (text: string) => text.slice(0, -20)],
    ['with a name twice', (text: string) => text.replace('"index":', '"index":0,"index":')],
    ['spread out', (text: string) => text.replaceAll(',', ', ')],
  ])('a proof of this kind that is %s does not hold', async (_, damage) => {
    await makeProof();
    const text = readFileSync(proof, 'utf8');
    const { code, error } = await told('check', put('damaged', damage(text)), '--gpmp', gpmp);
    expect([code, error?.code]).toEqual([9, 'PROOF_FORM']);
    if (text !== damage(text) && damage(text).includes('"index":0,"index"'))
      expect(error?.message).toContain('"index" occurs twice');
  });
  it('JSON of another form is no evidence for any command that takes a file', async () => {
    const other = put('other.json', '{"auditId":"Au1","self":{"balances":{"USDT":5560.49}}}');
    for (const args of [
      ['explain', other],
      ['verify', other],
      ['prove', other, '--id', id],
    ]) {
      const { code, error } = await told(...args);
      expect([args[0], code, error?.code]).toEqual([args[0], 2, 'INPUT_KIND']);
      expect(error?.message).toContain('is JSON of another form');
    }
  });
  it('a web page is no manifest, wherever it is named', async () => {
    await makeProof();
    const page = put('manifest.json', '\n<html>not found</html>');
    for (const args of [
      ['check', proof, '--manifest', page],
      ['verify', inEpoch('DOT.csv'), '--manifest', page],
      ['verify', inEpoch('DOT.csv'), '--prev', page],
    ]) {
      const { code, error } = await told(...args);
      expect([code, error?.code]).toEqual([2, 'INPUT_KIND']);
      expect(error?.message).toContain('is a web page, not a manifest');
    }
  });
  it('takes the manifest of a directory, and no other file for it', async () => {
    await makeProof();
    expect((await told('check', proof, '--manifest', epoch)).code).toBe(0);
    expect((await told('check', proof, '--manifest', inEpoch('manifest.json'))).code).toBe(0);
    for (const other of [proof, inEpoch('DOT.csv')]) {
      const { code, error } = await told('check', proof, '--manifest', other);
      expect([code, error?.code]).toEqual([2, 'INPUT_KIND']);
      expect(error?.message).toMatch(/ is a (?:proof|snapshot), not a manifest\.$/);
    }
    const broken = put('manifest.json', readFileSync(inEpoch('manifest.json'), 'utf8').replace('1', '2'));
    expect(await told('check', proof, '--manifest', broken)).toMatchObject({
      code: 9,
      error: { code: 'R_MANIFEST' },
    });
  });
});

describe('a GPMP', () => {
  it('is taken with 0x and without, and shown with it', async () => {
    await makeProof();
    const bare = gpmp.slice(2);
    for (const text of [bare, bare.toUpperCase(), gpmp]) {
      expect((await told('check', proof, '--gpmp', text)).result).toMatchObject({ gpmp, holds: true });
      expect((await told('verify', epoch, '--gpmp', text)).result).toMatchObject({
        gpmp: { expected: gpmp },
      });
      expect((await told('explain', epoch, '--gpmp', text)).code).toBe(0);
      expect((await told('verify', join(EXAMPLE, 'epoch-2'), '--prev', text)).code).toBe(0);
    }
    for (const text of [bare.slice(1), `${bare}0`, `0x0x${bare}`])
      expect(await told('check', proof, '--gpmp', text)).toMatchObject({ code: 2 });
  });
});

describe('a private file where a snapshot is expected', () => {
  const files = [
    ['the private mapping', inEpoch('mapping.csv')],
    ['a ledger', ledger],
  ] as const;
  it.each(files)('breaks E_HEADER, and looks like %s', async (is, path) => {
    const { code, result, error } = await told('verify', path);
    expect([code, error?.code]).toEqual([9, 'SNAPSHOT_FALSE']);
    expect((result as unknown as { first: unknown }).first).toMatchObject({ rule: 'E_HEADER', line: 1 });
    expect(error?.message).toContain(`the file looks like ${is}, not a snapshot`);
    for (const command of ['explain', 'privacy-lint']) {
      const other = (await told(command, path)).error;
      expect(`${other?.message} ${other?.hint}`).toContain(`the file looks like ${is}, not a snapshot`);
    }
  });
  it('another header is not called by the name of one', async () => {
    for (const header of ['id,total,request,withdrawable', 'wallet,salt', 'id,wallet,salt,x', '']) {
      const { code, error } = await told('verify', put('other.csv', `${header}\n`));
      expect(code).toBe(9);
      expect(error?.message).not.toContain('looks like');
    }
  });
});

describe('parts', () => {
  it('are of one asset each, and the way out is said', async () => {
    const { code, error } = await told('verify', epoch, '--shard', '1/3', '--out', at('a.json'));
    expect([code, error?.code]).toEqual([2, 'SHARD_ASSET']);
    expect(error?.hint).toContain('--asset DOT, --asset USDC');
  });
  it('of all assets are joined, from a directory that was made for them', async () => {
    const parts: string[] = [];
    for (const asset of ['DOT', 'USDC'])
      for (const part of ['1', '2']) {
        const out = at('parts', 'of', `${asset}-${part}.json`);
        const args = ['--asset', asset, '--shard', `${part}/2`, '--out', out];
        expect((await told('verify', epoch, ...args)).code).toBe(0);
        parts.push(out);
      }
    expect((await told('merge', ...parts, '--manifest', epoch, '--gpmp', gpmp)).code).toBe(0);
  });
  it('are not written where a file or a directory is in the way', async () => {
    mkdirSync(at('taken'));
    for (const out of [at('taken'), join(put('file', ''), 'a.json')]) {
      const { code } = await told('verify', epoch, '--asset', 'DOT', '--shard', '1/1', '--out', out);
      expect(code).toBe(2);
    }
  });
  it('are not more than there are', async () => {
    const { code, error } = await told('verify', epoch, '--shard', '4/3', '--out', at('a.json'));
    expect(code).toBe(2);
    expect(error?.message).toContain('4 is more than 3');
  });
});

it('a directory without a manifest: a snapshot may be named alone', async () => {
  mkdirSync(at('bare'));
  cpSync(inEpoch('DOT.csv'), at('bare', 'DOT.csv'));
  const { code, error } = await told('verify', at('bare'));
  expect([code, error?.code]).toEqual([2, 'INPUT_MISSING']);
  expect(error?.hint).toContain('a snapshot without its manifest is named alone');
  expect((await told('verify', at('bare', 'DOT.csv'))).code).toBe(0);
});

describe('pofbs diff with sealed mappings', () => {
  const [before, after] = [join(EXAMPLE, 'epoch-0'), epoch];
  const sealed = async (name: string, path: string, recipient: string): Promise<string> => {
    const chunks: Uint8Array[] = [];
    const sealing = await seal([recipient], (bytes) => chunks.push(bytes.slice()));
    await sealing.write(readFileSync(path));
    await sealing.finish();
    return put(name, Buffer.concat(chunks));
  };
  it('opens them with the identity, and ends with 2 without', async () => {
    const identity = await generateIdentity();
    const recipient = await identityToRecipient(identity);
    const key = put('key', `${identity}\n`, 0o600);
    const a = await sealed('a.age', join(before, 'mapping.csv'), recipient);
    const b = await sealed('b.age', join(after, 'mapping.csv'), recipient);
    const plain = await told(
      ...['diff', before, after, '--mapping-a', join(before, 'mapping.csv')],
      ...['--mapping-b', join(after, 'mapping.csv')],
    );
    expect(plain.code).toBe(0);
    const args = ['diff', before, after, '--mapping-a', a, '--mapping-b', b];
    expect((await told(...args, '--identity-file', key)).result).toEqual(plain.result);
    const without = await told(...args);
    expect([without.code, without.error?.code]).toEqual([2, 'SEALED']);
    expect(without.error?.hint).toContain('--identity-file');
  });
  it('takes no other file for a mapping', async () => {
    const flags = ['--mapping-a', join(before, 'DOT.csv'), '--mapping-b', join(after, 'mapping.csv')];
    const { code, error } = await told('diff', before, after, ...flags);
    expect([code, error?.code]).toEqual([2, 'MAPPING']);
  });
});
