/** Evidence that says two things, is written otherwise, or was damaged on its way: never TRUE by accident, never FALSE by one. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { armor, generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, describe, expect, it } from 'vitest';
import { toHex } from '../../../src/lib/pofbs/gpmp.js';
import { makeManifest, manifestBytes, parseManifest } from '../../../src/lib/pofbs/manifest.js';
import { REPOSITORY, run } from '../../cli/process.js';
import { saltOf, walletOf } from '../../lib/pofbs/custodyEpochs.js';

const epoch = `${REPOSITORY}examples/pofbs-epochs/epoch-0`;
const manifest = parseManifest(new Uint8Array(readFileSync(join(epoch, 'manifest.json'))));
const scratch = mkdtempSync(join(tmpdir(), 'bursar-evidence-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const at = (...names: string[]) => join(scratch, ...names);
const put = (name: string, content: string | Uint8Array, mode = 0o644): string => {
  writeFileSync(at(name), content, { mode });
  return at(name);
};

interface Told {
  readonly code: number | null;
  readonly result?: {
    readonly verdicts?: readonly { readonly rule: string; readonly verdict: string }[];
    readonly otherLists?: { readonly count: number; readonly assets: readonly string[] | null };
    readonly valid?: boolean;
    readonly mapping?: { readonly sealedFor: number };
  };
  readonly error?: { readonly code: string; readonly message: string };
}
async function told(...args: string[]): Promise<Told> {
  const { code, stdout } = await run(['pofbs', ...args, '--json']);
  return { code, ...(JSON.parse(stdout) as Omit<Told, 'code'>) };
}
const answer = ({ result }: Told, rule: string) =>
  result?.verdicts?.find((one) => one.rule === rule)?.verdict;

describe('a name that is there twice', () => {
  const twice = {
    balances: '{"balances":{"USDC":"1","USDC":"900000000000000000"}}',
    'balances in another spelling': '{"balances":{"USDC":"1","\\u0055SDC":"900000000000000000"}}',
    'whole balances': '{"balances":{"USDC":"1"},"balances":{"USDC":"900000000000000000"}}',
  };
  it.each(Object.entries(twice))('in %s is refused', async (_, text) => {
    const { code, error } = await told('verify', epoch, '--balances', put('b.json', text));
    expect([code, error?.code]).toEqual([2, 'GIVEN_FORM']);
    expect(error?.message).toMatch(/is there twice in one object/);
  });
  it('in what was published, a manifest and a configuration is refused', async () => {
    const cids = Object.fromEntries(manifest.assets.map(({ asset, cid }) => [asset, cid]));
    const good = JSON.stringify({ gpmp: manifest.gpmp, timestamp: manifest.timestamp, cids });
    expect(answer(await told('verify', epoch, '--published', put('p.json', good)), 'C7')).toBe('TRUE');
    for (const bad of [good.replace('{', '{"timestamp":1,'), good.replace('"cids":{', '"cids":{"USDC":"x",')])
      expect((await told('verify', epoch, '--published', put('p.json', bad))).error?.code).toBe('GIVEN_FORM');
    cpSync(epoch, at('twice'), { recursive: true });
    const text = readFileSync(join(epoch, 'manifest.json'), 'utf8');
    writeFileSync(at('twice', 'manifest.json'), text.replace('"epoch":0', '"epoch":9,"epoch":0'));
    const refused = await told('verify', at('twice'));
    expect([refused.code, answer(refused, 'R_MANIFEST')]).toEqual([9, 'FALSE']);
    const config = put('config.json', '{"network":"polkadot","network":"kusama"}', 0o600);
    const ended = await run(['config', 'show', '--config', config]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('one name is there twice in one object (line 1, column 23)');
  });
});

describe('what is written otherwise and means the same', () => {
  it('is the same CID', async () => {
    const of = (change: (cid: string) => string) => {
      const cids = Object.fromEntries(manifest.assets.map(({ asset, cid }) => [asset, change(cid)]));
      return put('p.json', JSON.stringify({ timestamp: manifest.timestamp, cids }));
    };
    for (const change of [
      (cid: string) => cid.toUpperCase(),
      (cid: string) => `ipfs://${cid}`,
      (cid: string) => `https://ipfs.io/ipfs/${cid}`,
    ])
      expect(answer(await told('verify', epoch, '--published', of(change)), 'C7')).toBe('TRUE');
    for (const change of [
      (cid: string) => cid.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
      (cid: string) => `ipfs://${cid}/USDC.csv`,
    ])
      expect(answer(await told('verify', epoch, '--published', of(change)), 'C7')).toBe('FALSE');
  });
  it('is the same custody account, of which one epoch is published twice', async () => {
    const { format: _, withdrawableBasis: __, gpmp: ___, digest: ____, ...input } = manifest;
    const custody = `0x${'ab'.repeat(20)}`;
    const short = makeManifest({ ...input, custody });
    for (const [name, other] of [
      ['equivocation', { custody: `${custody}${'00'.repeat(12)}`, timestamp: input.timestamp + 1 }],
      ['copy', { custody: `${custody}${'00'.repeat(12)}` }],
      ['two', { custody: `${custody}${'00'.repeat(11)}01`, timestamp: input.timestamp + 1 }],
    ] as const) {
      for (const [place, one] of [
        ['a', short],
        ['b', makeManifest({ ...input, ...other })],
      ] as const) {
        mkdirSync(at(name, place), { recursive: true });
        // Some systems write names in capitals.
        writeFileSync(
          place === 'b' && name === 'equivocation'
            ? at(name, 'OTHER.JSON')
            : at(name, place, 'manifest.json'),
          manifestBytes(one),
        );
      }
      const ended = await run(['pofbs', 'history', at(name)]);
      expect([name, ended.code]).toEqual([name, name === 'equivocation' ? 9 : 0]);
      if (name === 'equivocation')
        expect(ended.stdout).toContain('was published twice with different content');
      if (name === 'copy') expect(ended.stdout).toContain('it is the same account');
    }
  });
});

describe('an asset that is listed twice', () => {
  it('is not opened by a proof, which says so in every verdict', async () => {
    const id = (asset: string) =>
      readFileSync(join(epoch, `${asset}.csv`), 'utf8')
        .split('\n')[1]!
        .slice(0, 64);
    const proof = at('proof.json');
    await told('prove', epoch, '--asset', 'USDC', '--id', id('USDC'), '--out', proof);
    const flag = await run(['pofbs', 'check', proof, '--gpmp', manifest.gpmp]);
    expect(flag.code).toBe(0);
    expect(flag.stdout).toContain('The epoch has 1 other list, and this proof does not open it');
    expect(flag.stdout).toContain('Should one be of USDC again, more is owed in USDC than this proof counts');
    expect((await told('check', proof, '--gpmp', manifest.gpmp)).result?.otherLists).toEqual({
      count: 1,
      assets: null,
    });
    const wrong = await run(['pofbs', 'check', proof, '--gpmp', `0x${'ab'.repeat(32)}`]);
    expect(wrong.code).toBe(9);
    expect(wrong.stdout).toContain('The epoch has 1 other list');
    // A manifest names every list, each asset once.
    const known = await run(['pofbs', 'check', proof, '--manifest', epoch]);
    expect(known.stdout).toContain('The epoch has 1 other list (DOT), and this proof does not open it.');
  });
});

describe('a mapping that is none', () => {
  const mapping = readFileSync(join(epoch, 'mapping.csv'), 'utf8');
  const rest = mapping.slice(mapping.indexOf('\n') + 1);
  it.each([
    ['empty', '', 'it is empty'],
    ['a web page', '<!doctype html><title>404</title>', 'it is a web page'],
    ['without its first line', rest, 'its first line, id,wallet,salt, is missing'],
    ['behind a byte order mark', `\ufeff${mapping}`, 'byte order mark'],
    ['in UTF-16', Buffer.from(`\ufeff${mapping}`, 'utf16le'), 'UTF-16'],
    ['with other line ends', mapping.replaceAll('\n', '\r\n'), 'its lines end as on Windows'],
    ['a ledger', readFileSync(`${REPOSITORY}examples/pofbs-epochs/ledgers/0.csv`), 'it is a ledger'],
    ['a snapshot', readFileSync(join(epoch, 'USDC.csv')), 'it is a snapshot'],
    ['something else', Buffer.alloc(5000, 7), 'its first line is not id,wallet,salt'],
    ['half a line', 'id,wal', 'its first line is not id,wallet,salt'],
  ])('%s cannot be checked: nothing is said of the epoch', async (_, content, why) => {
    const { code, error } = await told('map', 'check', epoch, '--mapping', put('m.csv', content));
    expect([code, error?.code]).toEqual([2, 'MAPPING']);
    expect(error?.message).toContain(why);
    expect(error?.message).not.toMatch(/[0-9a-f]{64}/);
  });
  it('is a mapping with a line that is wrong: that is FALSE', async () => {
    const { code } = await told('map', 'check', epoch, '--mapping', put('m.csv', `${mapping}x\n`));
    expect(code).toBe(9);
  });

  it('opens in armor as it does without', async () => {
    const identity = await generateIdentity();
    const key = put('key', `${identity}\n`, 0o600);
    const out = at('sealed');
    cpSync(epoch, out, { recursive: true });
    rmSync(join(out, 'mapping.csv'));
    const ledger = `${REPOSITORY}examples/pofbs-epochs/ledgers/0.csv`;
    const build = [
      '--asset',
      'USDC:6',
      '--asset',
      'DOT:10',
      '--chain',
      manifest.chain,
      '--custody',
      manifest.custody,
    ];
    const to = [...build, '--epoch', '0', '--timestamp', String(manifest.timestamp), '--out', at('built')];
    const made = await told('build', ledger, ...to, '--seal-for', await identityToRecipient(identity));
    expect(made.code).toBe(0);
    const sealed = readFileSync(at('built', 'mapping.csv.age'));
    const armored = armor.encode(new Uint8Array(sealed));
    writeFileSync(join(out, 'mapping.csv.age'), armored);
    expect((await told('map', 'check', out, '--identity-file', key)).code).toBe(0);
    expect((await told('map', 'check', out)).error?.code).toBe('SEALED');
    for (const bad of [armored.slice(0, -40), armored.replace(/^.*\n/, ''), sealed.subarray(22)]) {
      writeFileSync(join(out, 'mapping.csv.age'), bad);
      const { code, error } = await told('map', 'check', out, '--identity-file', key);
      expect([code, error?.code]).toEqual([2, expect.stringMatching(/^(?:SEALED_BROKEN|MAPPING)$/)]);
    }
  });
});

describe('a mapping that was to be sealed', () => {
  const ledger = put(
    'ledger.csv',
    `wallet,total,withdrawable,request,salt\n${toHex(walletOf('a'))},5,5,0,${toHex(saltOf('a', 0))}\n`,
  );
  const build = (...flags: string[]) =>
    told(
      ...['build', ledger, '--asset', 'USDC:6', '--epoch', '0', '--timestamp', '1795000000'],
      ...['--chain', manifest.chain, '--custody', manifest.custody, '--out', at('out'), '--force', ...flags],
    );
  it.each<[string, string[]]>([
    ['a file with comments alone', ['--seal-file', put('comments', '# nobody\n\n')]],
    ['an empty file', ['--seal-file', put('empty', '')]],
    ['/dev/null', ['--seal-file', '/dev/null']],
    ['a directory', ['--seal-file', scratch]],
    ['no file', ['--seal-file', at('nowhere')]],
    ['an empty flag', ['--seal-for', '']],
    ['a flag of commas', ['--seal-for', ',']],
  ])('for %s is not built', async (_, flags) => {
    const { code, error } = await build(...flags);
    expect([code, error?.code]).toEqual([
      2,
      expect.stringMatching(/^(?:RECIPIENTS_EMPTY|INPUT_KIND|INPUT_MISSING)$/),
    ]);
    expect(() => readFileSync(at('out', 'mapping.csv'))).toThrow('ENOENT');
  });
  it('is sealed once for a key that is named twice, and a line that is no key is named', async () => {
    const recipient = await identityToRecipient(await generateIdentity());
    const file = put('keys', `# one\n${recipient}\n\n ${recipient}\r\n`);
    const { code, result } = await build('--seal-file', file, '--seal-for', `${recipient},${recipient}`);
    expect([code, result?.mapping?.sealedFor]).toEqual([0, 1]);
    expect(readFileSync(at('out', 'mapping.csv.age'), 'latin1').match(/^-> /gm)).toHaveLength(1);
    rmSync(at('out'), { recursive: true });
    const bad = await build('--seal-file', put('bad', `# one\n${recipient}\nage1nonsense\n`));
    expect([bad.code, bad.error?.code]).toEqual([2, 'RECIPIENT']);
    expect(bad.error?.message).toContain('line 3 of');
    // One of two that is empty: who asked for both meant both.
    expect((await build('--seal-for', recipient, '--seal-file', '/dev/null')).code).toBe(2);
  });
});
